import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { MAX_RECEIVES, type QueueName } from '../../queues/queue.ts';
import type { AwsNames, NamedQueue } from './aws-names.ts';
import { POLICY_VERSION, type PolicyDocument, parsePolicy, type Statement, samePolicy } from './iam-document.ts';

/** Attributes of a queue as SQS has them: every value is text. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** A handler's time-out of 300 s and 60 s on top. */
const VISIBILITY_SECONDS = 360;
/** State updates wait for the chain: the handler's time-out and 600 s on top, this at least. */
const LEAST_STATE_UPDATE_VISIBILITY_SECONDS = 1080;
const MOST_VISIBILITY_SECONDS = 43_200;
const FOUR_DAYS_SECONDS = 345_600;
/** A trigger that nobody took for a minute is out of date: the next one says the same. */
const TRIGGER_RETENTION_SECONDS = 60;
/** The longest poll; what a consumer asks for itself comes first. */
const LONG_POLL_SECONDS = 20;

const DELIVERY_STATEMENT = 'orchestrator-event-bridge';

/** Attributes that setup keeps, the queue policy apart. */
export function wantedAttributes(
  { queue }: Pick<NamedQueue, 'queue'>,
  names: Pick<AwsNames, 'failureQueue'>,
  stateTransitionTimeoutSeconds: number,
): QueueAttributes {
  return {
    VisibilityTimeout: String(visibilitySeconds(queue, stateTransitionTimeoutSeconds)),
    MessageRetentionPeriod: String(queue === 'worker_trigger' ? TRIGGER_RETENTION_SECONDS : FOUR_DAYS_SECONDS),
    ReceiveMessageWaitTimeSeconds: String(LONG_POLL_SECONDS),
    ...(hasFailureQueue(queue) && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: names.failureQueue.arn,
        maxReceiveCount: String(MAX_RECEIVES),
      }),
    }),
  };
}

/** Job queues hand what is never finished to the failure queue; that one and the triggers keep theirs. */
function hasFailureQueue(queue: QueueName): boolean {
  return queue !== 'job_handle_failure' && queue !== 'worker_trigger';
}

function visibilitySeconds(queue: QueueName, stateTransitionTimeoutSeconds: number): number {
  if (queue !== 'update_state_job_processing') return VISIBILITY_SECONDS;
  const wanted = Math.max(LEAST_STATE_UPDATE_VISIBILITY_SECONDS, Math.ceil(stateTransitionTimeoutSeconds) + 600);
  return Math.min(MOST_VISIBILITY_SECONDS, wanted);
}

/** Without it a rule cannot deliver; a schedule sends with its role. */
export function deliveryStatement({ triggerQueue, triggers }: AwsNames): Statement {
  return {
    Sid: DELIVERY_STATEMENT,
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: triggerQueue.arn,
    Condition: { ArnEquals: { 'aws:SourceArn': triggers.map(({ ruleArn }) => ruleArn) } },
  };
}

/**
 * The queue's policy with our statement as it should be (undefined: without it) and everybody else's untouched. Undefined
 * when the policy is that already; an empty text removes a policy that has nothing left.
 */
export function changedQueuePolicy(
  actual: string | undefined,
  wanted: Statement | undefined,
  title: string,
): string | undefined {
  const document = parsePolicy(actual);
  if (document === undefined && (actual ?? '') !== '') {
    throw new OrchestratorError('AWS_REFUSED', `${title} has a policy that cannot be read, so it is left alone`, {
      hint: 'Look at the queue in the console and remove or mend its policy.',
    });
  }
  const ours = document?.Statement.find(({ Sid }) => Sid === DELIVERY_STATEMENT);
  if (samePolicy(ours, wanted)) return undefined;
  const others = (document?.Statement ?? []).filter(({ Sid }) => Sid !== DELIVERY_STATEMENT);
  const statements = wanted === undefined ? others : [...others, wanted];
  if (statements.length === 0) return '';
  const changed: PolicyDocument = { ...(document ?? { Version: POLICY_VERSION }), Statement: statements };
  return JSON.stringify(changed);
}

/** Wanted attributes whose value is another one, or missing. */
export function changedAttributes(actual: QueueAttributes, wanted: QueueAttributes): QueueAttributes {
  const changed = Object.entries(wanted).filter(([name, value]) =>
    name === 'RedrivePolicy' ? !sameRedrive(actual[name], value) : actual[name] !== value,
  );
  return Object.fromEntries(changed);
}

/** The count is a number or a text, as whoever wrote it liked. */
function sameRedrive(a: string | undefined, b: string | undefined): boolean {
  const [left, right] = [redriveOf(a), redriveOf(b)];
  return left !== undefined && left === right;
}

function redriveOf(text: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return undefined;
    const { deadLetterTargetArn, maxReceiveCount } = value as Readonly<Record<string, unknown>>;
    return `${String(deadLetterTargetArn)} ${Number(maxReceiveCount)}`;
  } catch {
    return undefined;
  }
}
