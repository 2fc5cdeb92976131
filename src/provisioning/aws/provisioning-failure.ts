import { awsErrorName, awsStatus } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Answers that another look a little later may find mended. */
const PASSING = new Set([
  // SQS keeps the name of a deleted queue for a minute.
  'QueueDeletedRecently',
  'AWS.SimpleQueueService.QueueDeletedRecently',
  'QueueDoesNotExist',
  'OperationAborted',
  'NoSuchBucket',
  'NoSuchEntity',
  'NoSuchEntityException',
  'EntityAlreadyExists',
  'EntityAlreadyExistsException',
  'ConcurrentModification',
  'ConcurrentModificationException',
  'EntityTemporarilyUnmodifiable',
  'EntityTemporarilyUnmodifiableException',
  'ConflictException',
  'ResourceNotFoundException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestThrottled',
  'SlowDown',
  'TimeoutError',
  'AggregateError',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
]);
/** Refused because something that was made a moment ago is not known everywhere yet. */
const NOT_KNOWN_YET = /must allow .*(assume|scheduler)|unable to assume|dead.?letter.*not exist/i;
const REFUSED = /AccessDenied|AuthorizationError|Forbidden|UnauthorizedOperation/;

/** True when time alone may mend it: eventual consistency, throttling, a service that is away. */
export function worthWaiting(error: unknown): boolean {
  if (error instanceof OrchestratorError) return error.retry !== 'permanent';
  const status = awsStatus(error) ?? 0;
  if (PASSING.has(awsErrorName(error)) || status >= 500 || status === 429) return true;
  return error instanceof Error && NOT_KNOWN_YET.test(error.message);
}

/** What a user reads when a step has failed for good. */
export function provisioningFailure(error: unknown, title: string, summary: string): OrchestratorError {
  if (error instanceof OrchestratorError) return error;
  const name = awsErrorName(error);
  const message = error instanceof Error ? error.message : String(error);
  const refused = REFUSED.test(name) || awsStatus(error) === 403;
  return new OrchestratorError('AWS_REFUSED', `${title}: cannot ${summary}: ${name}: ${message}`, {
    context: { error: name, status: awsStatus(error) },
    cause: error,
    hint: refused
      ? 'orchestrator setup --print-policy prints the permissions that are needed.'
      : 'Run the command again when the cause is gone: it goes on where it was.',
  });
}
