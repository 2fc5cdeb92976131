import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { type AwsAccess, clientOptions, observed } from './aws-access.ts';
import { awsFailure } from './aws-failure.ts';

/** The account that the credentials belong to. Needs no permission. Fails with AWS_REFUSED. */
export async function ownAccount(access: AwsAccess): Promise<{ readonly partition: string; readonly account: string }> {
  const sts = observed(new STSClient(clientOptions(access)), 'sts', access);
  try {
    const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
    const partition = Arn?.split(':')[1];
    if (partition !== undefined && Account !== undefined) return { partition, account: Account };
    throw new OrchestratorError('AWS_REFUSED', 'STS does not say which account the credentials belong to');
  } catch (cause) {
    throw awsFailure(cause, { service: 'STS', action: 'find out which account this is', code: 'AWS_REFUSED' });
  } finally {
    sts.destroy();
  }
}
