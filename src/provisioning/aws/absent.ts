import { awsErrorName } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Names of the answer "there is no such thing", in the words of each service. */
const ABSENT = new Set([
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'NotFound',
  'NotFoundException',
  'NoSuchBucket',
  'NoSuchTagSet',
  'NoSuchLifecycleConfiguration',
  'NoSuchPublicAccessBlockConfiguration',
  'NoSuchUpload',
  'NoSuchEntity',
  'NoSuchEntityException',
  'ResourceNotFoundException',
]);

/** The answer, or undefined when the service says that there is no such thing. */
export async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (ABSENT.has(awsErrorName(error))) return undefined;
    throw error;
  }
}

export function givenIsAbsent(title: string, arn: string): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `${title} does not exist`, {
    context: { arn },
    hint: 'It was given by its ARN, so it is not made here; give a name instead to have it made.',
  });
}
