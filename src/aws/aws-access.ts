import type { AwsCallListener } from './call-counts.ts';

/**
 * How AWS is reached. Credentials are not in it: the SDK finds them in its standard chain (environment, shared files, web
 * identity, container, instance) and renews them.
 */
export interface AwsAccess {
  readonly region: string;
  /** Another endpoint for every service, for example LocalStack's; undefined: AWS itself. */
  readonly endpoint: string | undefined;
  readonly onCall?: AwsCallListener;
}

/** A long poll lasts 20 s and must not count as a hanging connection. */
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECTION_TIMEOUT_MS = 5_000;
/** First try included. What outlasts them is retried by its job, which knows what it costs. */
const MAX_ATTEMPTS = 3;

/** Options that every client of the SDK is made with. */
export function clientOptions({ region, endpoint }: AwsAccess) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { maxSockets: 50 },
      httpAgent: { maxSockets: 50 },
    },
  } as const;
}

interface ObservableClient {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<never>,
        context: { readonly commandName?: string },
      ) => (args: never) => Promise<never>,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** The client, with every request of it (repeated ones too) told to the access's listener. */
export function observed<C>(client: C, service: string, { onCall }: AwsAccess): C {
  if (onCall === undefined) return client;
  // Late in the step: behind the middleware that repeats requests, so that each try is seen.
  (client as ObservableClient).middlewareStack.add(
    (next, context) => (args) => {
      const operation = (context.commandName ?? 'unknown').replace(/Command$/, '');
      onCall({ service, operation, input: (args as { readonly input: object }).input });
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'observeCalls' },
  );
  return client;
}
