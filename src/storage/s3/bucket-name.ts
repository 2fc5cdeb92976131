import { parseResourceId } from '../../aws/resource-name.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Name of a bucket that was given by its name or by its ARN, `arn:aws:s3:::name`. Fails with CONFIG_INVALID. */
export function bucketName(bucket: string): string {
  const id = parseResourceId(bucket, 'The S3 bucket');
  if (id.kind === 'name') return id.name;
  if (id.service === 's3' && /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(id.resource)) return id.resource;
  throw new OrchestratorError('CONFIG_INVALID', `The S3 bucket is "${bucket}", which is no ARN of a bucket`, {
    hint: 'Write arn:aws:s3:::bucket-name, or the plain name.',
  });
}
