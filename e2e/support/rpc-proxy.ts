import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** `reset` ends connections without an answer, `hang` never answers, `html` answers as a broken gateway does. */
export type Behaviour = 'pass' | 'html' | 'hang' | 'reset';

/** Result of one call as the client shall see it. */
export type Alteration = (method: string, params: unknown, result: unknown) => unknown;

interface Call {
  readonly id?: unknown;
  readonly method: string;
  readonly params?: unknown;
}

interface Answer {
  readonly id?: unknown;
  result?: unknown;
}

/** Stands in front of a JSON-RPC node and makes it as bad as a test wants it; can be changed at any time. */
export class RpcProxy {
  alter: Alteration = (_method, _params, result) => result;
  /** Methods that were asked for since the start. */
  readonly asked = new Map<string, number>();
  readonly #server: Server;
  readonly #target: string;
  readonly #hanging = new Set<ServerResponse>();
  #behaviour: Behaviour = 'pass';

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = target;
  }

  static async start(target: string): Promise<RpcProxy> {
    const server = createServer();
    const proxy = new RpcProxy(server, target);
    server.on('request', (request, response) => {
      proxy.#handle(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get behaviour(): Behaviour {
    return this.#behaviour;
  }

  /** A node that comes back has forgotten what it was asked: calls that hung are ended. */
  set behaviour(behaviour: Behaviour) {
    this.#behaviour = behaviour;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  /** Calls that wait for an answer that does not come. */
  get hanging(): number {
    return this.#hanging.size;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (this.behaviour === 'hang') {
      this.#hanging.add(response);
      return;
    }
    if (this.behaviour === 'reset') {
      response.destroy();
      return;
    }
    if (this.behaviour === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Bad gateway</body></html>');
      return;
    }
    const calls = asList(JSON.parse(body) as Call | Call[]);
    for (const { method } of calls) this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
    const headers = { 'content-type': 'application/json' };
    const answered = await fetch(this.#target, { method: 'POST', headers, body });
    const answers = (await answered.json()) as Answer | Answer[];
    for (const answer of asList(answers)) {
      const call = calls.find(({ id }) => id === answer.id);
      if (call !== undefined && 'result' in answer) answer.result = this.alter(call.method, call.params, answer.result);
    }
    response.writeHead(answered.status, headers).end(JSON.stringify(answers));
  }
}

function asList<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
