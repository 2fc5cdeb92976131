import { type Resource, titleOf } from '../../provisioning/resource.ts';
import type { ResourceConfig } from '../../provisioning/setup-config.ts';
import { type CheckOutcome, type CheckResult, check, failed, ok, warning } from './check.ts';

const MEND = 'orchestrator setup --aws --aws-sqs --aws-event-bridge';

/** Every trigger of EventBridge is as `setup` makes it: nothing else tells an idle installation of new blocks. */
export async function cronChecks(config: ResourceConfig): Promise<CheckResult[]> {
  const [{ awsClients }, { awsNames, givenRegions }, { awsResources, checkDelivery }, { currentAccount }] =
    await Promise.all([
      import('../../provisioning/aws/aws-clients.ts'),
      import('../../provisioning/aws/aws-names.ts'),
      import('../../provisioning/aws/aws-resources.ts'),
      import('../../provisioning/aws/account.ts'),
    ]);
  const clients = awsClients(config.access, givenRegions(config));
  try {
    let triggers: readonly Resource[] = [];
    const reachable = await check('EventBridge', async () => {
      checkDelivery(config);
      const names = awsNames(config, await currentAccount(clients));
      triggers = awsResources({ config, clients, names }).cron;
      return ok(`${triggers.length} resources`);
    });
    if (reachable.state === 'failed') return [reachable];
    return await Promise.all(triggers.map((trigger) => check(titleOf(trigger), () => judge(trigger))));
  } finally {
    clients.close();
  }
}

async function judge(trigger: Resource): Promise<CheckOutcome> {
  const { steps, outcome } = await trigger.setup();
  if (steps.length === 0) return ok('as setup makes it');
  if (outcome === 'created') return failed('it is not there', `Make it with: ${MEND}.`);
  const difference = steps.map(({ summary }) => summary).join('; ');
  return warning(`not as setup would make it: ${difference}`, `Mend it with: ${MEND}.`);
}
