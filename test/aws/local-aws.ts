import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface LocalRequest {
  /** For example `ReceiveMessage`. */
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

export interface LocalAnswer {
  readonly status?: number;
  readonly body: object;
}

/** A server in this process that speaks the JSON protocol of AWS, for answers that no real service gives on demand. */
export interface LocalAws {
  readonly endpoint: string;
  readonly requests: LocalRequest[];
  close(): Promise<void>;
}

/** Answers every request by `answer`; `undefined` leaves it without one. */
export async function localAws(
  answer: (request: LocalRequest, number: number) => LocalAnswer | undefined | Promise<LocalAnswer | undefined>,
): Promise<LocalAws> {
  const requests: LocalRequest[] = [];
  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
    const request = { operation, input: JSON.parse(await text(incoming)) as Record<string, unknown> };
    requests.push(request);
    const given = await answer(request, requests.length);
    if (given === undefined) return;
    outgoing.writeHead(given.status ?? 200, { 'content-type': 'application/x-amz-json-1.0' });
    outgoing.end(JSON.stringify(given.body));
  };
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The credentials that every local service takes; call it in `beforeAll`. */
export function useTestCredentials(): void {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
}
