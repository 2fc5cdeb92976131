import { describe, expect, it } from '@jest/globals';
import { awsErrorName, awsFailure } from '../../src/aws/aws-failure.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';

const request = { service: 'S3', action: 'read 12/cairo_pie.zip', code: 'STORAGE_UNAVAILABLE' } as const;

function sdkError(name: string, status?: number, headers?: Record<string, string>): Error {
  return Object.assign(new Error('the message of the service'), {
    name,
    $metadata: { httpStatusCode: status },
    ...(headers && { $response: { headers } }),
  });
}

describe('failures of AWS', () => {
  it.each([
    ['ThrottlingException', 400],
    ['SlowDown', 503],
    ['Anything', 429],
  ])('%s (%d) asks to come back later', (name, status) => {
    expect(awsFailure(sdkError(name, status, { 'retry-after': '7' }), request)).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'rate-limited',
      dependency: 's3',
      retryAfterMs: 7_000,
      message: 'S3 refuses more requests for now: cannot read 12/cairo_pie.zip',
    });
    expect(awsFailure(sdkError(name, status), request).retryAfterMs).toBeUndefined();
  });

  it.each([
    ['AccessDenied', 403],
    ['AccessDeniedException', 400],
    ['NoSuchBucket', 404],
    ['SignatureDoesNotMatch', 403],
    ['Whatever', 401],
  ])('%s (%d) costs no attempt and says what to check', (name, status) => {
    expect(awsFailure(sdkError(name, status), request)).toMatchObject({
      retry: 'dependency-down',
      dependency: 's3',
      message: `S3 refuses (${name}): cannot read 12/cairo_pie.zip`,
      hint: expect.stringContaining('permissions'),
      context: { service: 'S3', error: name, status },
    });
  });

  it('says that credentials are missing', () => {
    const failure = awsFailure(sdkError('CredentialsProviderError'), request);
    expect(failure.hint).toContain('AWS_ACCESS_KEY_ID');
    expect(failure.retry).toBe('dependency-down');
  });

  it('takes what the network or the service caused for a dependency that is down', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(awsFailure(reset, request)).toMatchObject({
      retry: 'dependency-down',
      message: 'S3 does not answer (ECONNRESET): cannot read 12/cairo_pie.zip',
      hint: undefined,
      cause: reset,
    });
    expect(awsErrorName(sdkError('TimeoutError'))).toBe('TimeoutError');
    expect(awsErrorName('text')).toBe('text');
  });

  it('leaves errors of ours as they are', () => {
    const ours = new OrchestratorError('OBJECT_CORRUPT', 'hash differs');
    expect(awsFailure(ours, request)).toBe(ours);
  });
});
