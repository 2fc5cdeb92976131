import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where a request is cut off: before the server sees it, in the middle of it, or when its answer comes back. */
export type Cut = 'request' | 'half' | 'answer';

/** Stands between a client and a server and cuts connections, chosen ones in the middle of a call. */
export class TcpProxy {
  /** Connections that were cut since the start. */
  cuts = 0;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #open = new Set<Socket>();
  #next: { readonly cut: Cut; readonly matches: (request: Buffer) => boolean } | undefined;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.#target = target;
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    server.on('connection', (client) => proxy.#join(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connection of the next request that matches; later ones pass again. */
  cutNext(cut: Cut, matches: (request: Buffer) => boolean): void {
    this.#next = { cut, matches };
  }

  /** Cuts every connection that is open now. */
  cutAll(): void {
    for (const socket of this.#open) this.#cut(socket);
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket): void {
    const server = connect(this.#target);
    this.#open.add(client);
    let cutAtAnswer = false;
    client.on('data', (request) => {
      const chosen = this.#next?.matches(request) === true ? this.#next.cut : undefined;
      if (chosen === undefined) return void server.write(request);
      this.#next = undefined;
      if (chosen === 'request') return this.#cut(client);
      if (chosen === 'half')
        return void server.write(request.subarray(0, request.length >> 1), () => this.#cut(client));
      cutAtAnswer = true;
      server.write(request);
    });
    server.on('data', (answer) => {
      if (cutAtAnswer) this.#cut(client);
      else client.write(answer);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(client);
        other.destroy();
      });
    }
  }

  #cut(client: Socket): void {
    if (client.destroyed) return;
    this.cuts += 1;
    client.resetAndDestroy();
  }
}
