import type { Clock } from '../clock/clock.ts';
import { systemClock } from '../clock/system-clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { currentAccount } from '../provisioning/aws/account.ts';
import { type AwsClients, awsClients } from '../provisioning/aws/aws-clients.ts';
import { type Account, awsNames, checkNames, givenRegions } from '../provisioning/aws/aws-names.ts';
import { type AwsResources, awsResources, checkDelivery, checkWanted } from '../provisioning/aws/aws-resources.ts';
import { runPolicy, setupPolicy } from '../provisioning/aws/printed-policies.ts';
import { provisioningFailure, worthWaiting } from '../provisioning/aws/provisioning-failure.ts';
import { rateExpression } from '../provisioning/aws/rate-expression.ts';
import {
  type ConvergeOptions,
  converge,
  setupTasks,
  supersededTasks,
  type Task,
  type TaskResult,
  teardownTasks,
} from '../provisioning/converge.ts';
import { type Plan, type Resource, titleOf } from '../provisioning/resource.ts';
import type { ResourceConfig, SetupConfig, TeardownConfig } from '../provisioning/setup-config.ts';
import { askOnTerminal, type Question } from './ask.ts';
import type { ProgramIo } from './program-io.ts';
import { counts, planLines, resultTable } from './setup-report.ts';

/** Twelve zeros belong to nobody: whoever reads the policy sees that the account has to be filled in. */
const UNKNOWN_ACCOUNT: Account = { partition: 'aws', id: '000000000000' };

/**
 * Makes the resources of an installation, or mends what is not as it should be; a second run changes nothing. Resolves with
 * the exit code: 1 when some are not ready. Fails with CONFIG_INVALID for settings, AWS_REFUSED when AWS is out of reach.
 */
export async function runSetup(config: SetupConfig, io: ProgramIo, clock: Clock = systemClock): Promise<number> {
  check(config);
  checkDelivery(config);
  if (config.wanted.cron) rateExpression(config.eventBridge.intervalSeconds);
  return await withClients(config, async (clients) => {
    if (config.printPolicy) return await printPolicies(config, clients, io);
    const { wanted, cron, superseded } = await resourcesOf(config, clients);
    const tasks = [...setupTasks(wanted), ...supersededTasks(superseded, cron)];
    if (config.plan) return closingPlan(await printPlans(tasks, io), io);
    const results = await converge(tasks, convergeOptions(config, io, clock));
    return closing(results, superseded, io);
  });
}

/**
 * Removes what setup made, and nothing else. Asks first, unless told not to. Resolves with the exit code: 1 when something
 * could not be removed or the answer was no.
 */
export async function runTeardown(
  config: TeardownConfig,
  io: ProgramIo,
  ask: Question | undefined = askOnTerminal(io),
  clock: Clock = systemClock,
): Promise<number> {
  check(config);
  if (!config.yes && !config.plan && ask === undefined) {
    throw new OrchestratorError('USAGE', 'teardown removes resources and must be confirmed, but there is no terminal', {
      hint: 'Add --yes to remove them without a question, or --plan to see what would go.',
    });
  }
  return await withClients(config, async (clients) => {
    const { wanted, superseded } = await resourcesOf(config, clients);
    const tasks = teardownTasks([...wanted, ...superseded], { deleteData: config.deleteData });
    if (config.plan) return closingPlan(await printPlans(tasks, io), io);
    if (!config.yes && ask !== undefined) {
      const { changes } = await printPlans(tasks, io);
      if (changes > 0 && !(await ask('Remove these resources?'))) {
        io.print('Nothing was removed.');
        return 1;
      }
    }
    return closing(await converge(tasks, convergeOptions(config, io, clock)), superseded, io);
  });
}

/** All that can be wrong without asking AWS. */
function check(config: ResourceConfig): void {
  checkWanted(config);
  checkNames(config);
}

async function withClients(config: ResourceConfig, work: (clients: AwsClients) => Promise<number>): Promise<number> {
  const clients = awsClients(config.access, givenRegions(config));
  try {
    return await work(clients);
  } finally {
    clients.close();
  }
}

async function resourcesOf(config: ResourceConfig, clients: AwsClients): Promise<AwsResources> {
  return awsResources({ config, clients, names: awsNames(config, await currentAccount(clients)) });
}

interface PrintedPlans {
  readonly changes: number;
  readonly failures: number;
}

async function printPlans(tasks: readonly Task[], io: ProgramIo): Promise<PrintedPlans> {
  const plans = await Promise.allSettled(tasks.map(async (task) => ({ task, plan: await task.plan() })));
  let [changes, failures] = [0, 0];
  for (const [index, result] of plans.entries()) {
    if (result.status === 'fulfilled') {
      const { task, plan } = result.value;
      changes += plan.steps.length;
      if (isNews(plan)) for (const line of planLines(task, plan)) io.print(line);
      continue;
    }
    failures += 1;
    const task = tasks[index];
    printFailure(provisioningFailure(result.reason, task === undefined ? 'AWS' : titleOf(task), 'look at it'), io);
  }
  return { changes, failures };
}

function closingPlan({ changes, failures }: PrintedPlans, io: ProgramIo): number {
  io.print(changes === 0 ? 'Nothing would change.' : `${changes} changes would be made; nothing was changed.`);
  return failures === 0 ? 0 : 1;
}

function isNews({ steps, outcome, note }: Plan): boolean {
  return steps.length > 0 || outcome !== 'absent' || note !== undefined;
}

async function printPolicies(config: SetupConfig, clients: AwsClients, io: ProgramIo): Promise<number> {
  // Whoever writes the policies may have no credentials yet.
  const account = await currentAccount(clients).catch(() => undefined);
  const names = awsNames(config, account ?? UNKNOWN_ACCOUNT);
  const note = `AWS could not be asked which account this is: replace ${UNKNOWN_ACCOUNT.id} by its number.`;
  const policies = { setup: setupPolicy(names, config), run: runPolicy(names, config) };
  io.print(JSON.stringify({ ...(account === undefined && { note }), ...policies }, null, 2));
  return 0;
}

function convergeOptions(config: ResourceConfig, io: ProgramIo, clock: Clock): ConvergeOptions {
  return {
    clock,
    timeoutMs: config.timeoutSeconds * 1000,
    pollIntervalMs: config.pollIntervalSeconds * 1000,
    signal: io.stop,
    worthWaiting,
    failure: provisioningFailure,
    onProgress: (task, text) => io.print(`${titleOf(task)}: ${text}`),
  };
}

function closing(results: readonly TaskResult[], superseded: readonly Resource[], io: ProgramIo): number {
  const others = new Set(superseded.map(titleOf));
  // That a trigger of the other kind is not there is no news.
  const shown = results.filter(
    ({ task, outcome, note }) => outcome !== 'absent' || note !== undefined || !others.has(titleOf(task)),
  );
  const errors = shown.flatMap(({ error }) => (error === undefined ? [] : [error]));
  for (const line of ['', ...resultTable(shown), '']) io.print(line);
  for (const error of errors) printFailure(error, io);
  const changed = shown.some(({ outcome }) => ['created', 'updated', 'adopted', 'removed'].includes(outcome));
  io.print(`${counts(shown)}.${changed || errors.length > 0 ? '' : ' Nothing was changed.'}`);
  return errors.length === 0 ? 0 : 1;
}

function printFailure(error: OrchestratorError, io: ProgramIo): void {
  io.print(`failed: ${error.message}`);
  if (error.hint !== undefined) io.print(`        ${error.hint}`);
}
