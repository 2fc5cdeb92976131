import { awsErrorName, awsFailure } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** A failure of S3 as STORAGE_UNAVAILABLE; a bucket that does not exist is named, with what makes it. */
export function s3Failure(cause: unknown, action: string, bucket: string): OrchestratorError {
  const name = awsErrorName(cause);
  if (name === 'NoSuchBucket' || name === 'NotFound') {
    return new OrchestratorError('STORAGE_UNAVAILABLE', `There is no bucket ${bucket}: cannot ${action}`, {
      retry: 'dependency-down',
      dependency: 's3',
      context: { bucket },
      cause,
      hint: 'Make it with: orchestrator setup --aws --aws-s3. Or check the name and the region.',
    });
  }
  return awsFailure(cause, { service: 'S3', action, code: 'STORAGE_UNAVAILABLE' });
}

/** The rest of a broken reading belongs to another version of the object; a reading from the start gets that one whole. */
export function replacedMeanwhile(key: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('STORAGE_UNAVAILABLE', `${key} was replaced while it was read`, {
    retry: 'transient',
    context: { key },
    cause,
  });
}
