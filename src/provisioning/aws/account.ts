import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { awsFailure } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { AwsClients } from './aws-clients.ts';
import type { Account } from './aws-names.ts';

/** The account that the credentials belong to. Needs no permission; fails when AWS is out of reach or refuses the keys. */
export async function currentAccount({ sts }: Pick<AwsClients, 'sts'>): Promise<Account> {
  const answer = await sts.send(new GetCallerIdentityCommand({})).catch((cause: unknown) => {
    throw awsFailure(cause, { service: 'STS', action: 'find out which account this is', code: 'AWS_REFUSED' });
  });
  const partition = answer.Arn?.split(':')[1];
  if (answer.Account === undefined || partition === undefined) {
    throw new OrchestratorError('AWS_REFUSED', 'STS does not say which account this is');
  }
  return { partition, id: answer.Account };
}
