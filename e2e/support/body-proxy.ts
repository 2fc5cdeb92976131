import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What becomes of the content of an object on its way; undefined lets it pass. */
export type BodyFault = { readonly cutAfter: number } | { readonly flipAt: number } | undefined;

export interface BodyProxy {
  readonly url: string;
  /** `Range` headers of the objects asked for, '' without one. */
  readonly ranges: readonly string[];
  close(): Promise<void>;
}

/**
 * Passes requests on to `endpoint`; the contents of answers to GET meet with what `fault` says for the n-th of them, and
 * connections of requests that `refuse` names are cut.
 */
export async function bodyProxy(
  endpoint: string,
  fault: (answer: number) => BodyFault,
  refuse: (method: string, url: string) => boolean = () => false,
): Promise<BodyProxy> {
  const ranges: string[] = [];
  const server = createServer((incoming, outgoing) => {
    if (refuse(incoming.method ?? '', incoming.url ?? '')) {
      incoming.destroy();
      return;
    }
    const isObject = incoming.method === 'GET' && !incoming.url?.includes('list-type');
    const number = isObject ? ranges.push(incoming.headers.range ?? '') : 0;
    const upstream = request(`${endpoint}${incoming.url}`, { method: incoming.method, headers: incoming.headers });
    incoming.pipe(upstream);
    upstream.on('error', () => outgoing.destroy());
    upstream.on('response', (answer) => {
      buffer(answer).then(
        (body) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          send(outgoing, body, isObject ? fault(number) : undefined);
        },
        () => outgoing.destroy(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(outgoing: ServerResponse, body: Buffer, fault: BodyFault): void {
  if (fault === undefined) {
    outgoing.end(body);
  } else if ('cutAfter' in fault) {
    if (fault.cutAfter >= body.length) outgoing.end(body);
    else outgoing.write(body.subarray(0, fault.cutAfter), () => outgoing.destroy());
  } else {
    const changed = Buffer.from(body);
    changed[fault.flipAt] = (changed[fault.flipAt] ?? 0) ^ 1;
    outgoing.end(changed);
  }
}
