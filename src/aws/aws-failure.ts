import type { ErrorCode } from '../errors/error-code.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** What was asked of which system, for the message of a failure. */
export interface AwsRequest {
  /** `S3`, `SQS`, `SNS`, `EventBridge`... */
  readonly service: string;
  /** Completes "cannot ...", for example `read 12/cairo_pie.zip`. */
  readonly action: string;
  readonly code: Extract<ErrorCode, 'STORAGE_UNAVAILABLE' | 'QUEUE_UNAVAILABLE' | 'ALERTS_UNAVAILABLE' | 'AWS_REFUSED'>;
}

const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
]);
/** Answers that another try does not change: somebody must mend a permission, a name or a key. */
const REFUSED =
  /^(AccessDenied|AuthorizationError|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|ExpiredToken|NoSuchBucket|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue|NotFoundException|ResourceNotFoundException|PermanentRedirect|InvalidAccessKeyId)/;

/**
 * A failure of the SDK in our terms. Throttling is `rate-limited`. What the network, the service or a refused permission
 * caused is `dependency-down`: it costs no attempt, is told once, and goes on by itself when it is mended.
 */
export function awsFailure(cause: unknown, { service, action, code }: AwsRequest): OrchestratorError {
  if (cause instanceof OrchestratorError) return cause;
  const { name, status, retryAfterMs } = factsOf(cause);
  const context = { service, error: name, status };
  if (THROTTLED.has(name) || status === 429) {
    return new OrchestratorError(code, `${service} refuses more requests for now: cannot ${action}`, {
      retry: 'rate-limited',
      dependency: service.toLowerCase(),
      context,
      cause,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  const credentials = name === 'CredentialsProviderError' || name === 'TokenProviderError';
  const refused = credentials || REFUSED.test(name) || status === 401 || status === 403;
  return new OrchestratorError(
    code,
    `${service} ${refused ? 'refuses' : 'does not answer'} (${name}): cannot ${action}`,
    {
      retry: 'dependency-down',
      dependency: service.toLowerCase(),
      context,
      cause,
      ...(refused && {
        hint: credentials
          ? 'Give AWS credentials, for example AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.'
          : 'Check the resource names, the region and the permissions (orchestrator setup --print-policy prints them).',
      }),
    },
  );
}

/** Name of the service's own error, for example `NoSuchKey`; the class name of any other. */
export function awsErrorName(error: unknown): string {
  return factsOf(error).name;
}

/** HTTP status of the service's answer; undefined when it gave none. */
export function awsStatus(error: unknown): number | undefined {
  return factsOf(error).status;
}

function factsOf(error: unknown): { name: string; status: number | undefined; retryAfterMs: number | undefined } {
  if (!(error instanceof Error)) return { name: String(error), status: undefined, retryAfterMs: undefined };
  const { $metadata, $response, code } = error as {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
    readonly code?: unknown;
  };
  const seconds = Number($response?.headers?.['retry-after']);
  return {
    name: error.name === 'Error' && typeof code === 'string' ? code : error.name,
    status: $metadata?.httpStatusCode,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  };
}
