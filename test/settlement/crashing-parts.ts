import type { EthereumSettlementParts } from '../../src/settlement/ethereum/transaction-options.ts';

export class Crash extends Error {}

/** Port calls that a worker makes, in their order, and the one at which it "dies". */
export class CrashPlan {
  readonly calls: string[] = [];
  readonly #at: number | undefined;
  readonly #side: 'before' | 'after';
  #dead = false;

  constructor(at?: number, side: 'before' | 'after' = 'before') {
    this.#at = at;
    this.#side = side;
  }

  /** The ports of a worker that dies by this plan; from then on every call fails, as nothing comes from a dead process. */
  apply({ client, intents, objects }: EthereumSettlementParts): Partial<EthereumSettlementParts> {
    return {
      client: this.#wrap('client', client),
      intents: this.#wrap('intents', intents),
      objects: this.#wrap('objects', objects),
    };
  }

  #wrap<T extends object>(port: string, target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          if (this.#dead) throw new Crash('dead');
          const index = this.calls.push(`${port}.${String(name)}`) - 1;
          if (index === this.#at && this.#side === 'before') this.#die();
          const answer: unknown = await member.apply(object, args);
          if (index === this.#at && this.#side === 'after') this.#die();
          return answer;
        };
      },
    });
  }

  #die(): never {
    this.#dead = true;
    throw new Crash('the process died here');
  }
}
