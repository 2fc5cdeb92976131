import { parseResourceId } from '../aws/resource-name.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { nameOf, type Setting, type ValuesOf } from './setting.ts';
import { awsSettings, type infrastructureSettings } from './settings/infrastructure-settings.ts';

type AwsValues = Partial<ValuesOf<typeof awsSettings>>;
type Values = Partial<ValuesOf<typeof infrastructureSettings>>;

/** What does not fit together in the choice of systems. */
export function infrastructureFaults(values: Values, given: ReadonlySet<Setting<unknown>>): string[] {
  const faults = awsFaults(values, given);
  if (values.inProcessCron === false && !values.awsSqs) {
    faults.push(
      '--in-process-cron is false, but embedded queues get cron messages from nobody else: leave it out, or use SQS (--aws --aws-sqs).',
    );
  }
  return faults;
}

/** The part of it that `setup` and `teardown` have as well. */
export function awsFaults(values: AwsValues, given: ReadonlySet<Setting<unknown>>): string[] {
  const services = [awsSettings.awsS3, awsSettings.awsSqs, awsSettings.awsSns, awsSettings.awsEventBridge];
  const { awsS3, awsSqs, awsSns, awsEventBridge } = values;
  const chosen = services.filter((_, index) => [awsS3, awsSqs, awsSns, awsEventBridge][index]);
  const faults: string[] = [];
  if (chosen.length > 0 && !values.aws) {
    const names = chosen.map(({ flag }) => `--${flag}`);
    faults.push(`${list(names)} ${names.length === 1 ? 'needs' : 'need'} --aws: add it.`);
  }
  if (chosen.length > 0 && values.awsRegion === undefined && !given.has(awsSettings.awsRegion)) {
    faults.push(`${nameOf(awsSettings.awsRegion)} is missing: ${awsSettings.awsRegion.description}`);
  }
  if (awsEventBridge && !awsSqs) {
    faults.push('--aws-event-bridge sends its messages to an SQS queue: add --aws-sqs, or leave it out.');
  }
  return [...faults, ...identifierFaults(values, given)];
}

function identifierFaults(values: AwsValues, given: ReadonlySet<Setting<unknown>>): string[] {
  const { queueIdentifier, bucketIdentifier, topicIdentifier } = awsSettings;
  const faults: string[] = [];
  if (values.awsSqs) {
    const { sqsPrefix, sqsSuffix, sqsBaseQueueUrl } = awsSettings;
    const older = [sqsPrefix, sqsSuffix, sqsBaseQueueUrl].filter((setting) => given.has(setting));
    // The older form has no place for the prefix either: setup and run must agree on the names.
    const newer = [queueIdentifier, awsSettings.awsPrefix].filter((setting) => given.has(setting));
    if (older.length > 0 && newer.length > 0) {
      const names = [...newer, ...older].map((setting) => nameOf(setting));
      faults.push(`${list(names)} name the same queues: give only one form.`);
    }
    const template = values.queueIdentifier;
    if (template !== undefined && !template.includes('{}')) {
      faults.push(
        `${nameOf(queueIdentifier)} is "${template}": it must contain {}, which stands for the queue's type.`,
      );
    }
    faults.push(...arnFaults(queueIdentifier, template, 'sqs'));
  }
  if (values.awsS3) faults.push(...arnFaults(bucketIdentifier, values.bucketIdentifier, 's3'));
  if (values.awsSns) faults.push(...arnFaults(topicIdentifier, values.topicIdentifier, 'sns'));
  return faults;
}

function arnFaults(setting: Setting<unknown>, text: string | undefined, service: string): string[] {
  if (text === undefined) return [];
  try {
    const id = parseResourceId(text, nameOf(setting));
    if (id.kind === 'name' || id.service === service) return [];
    return [`${nameOf(setting)} is "${text}", an ARN of ${id.service} rather than of ${service}.`];
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return [`${error.message}: write arn:partition:service:region:account:resource, or a plain name.`];
  }
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
