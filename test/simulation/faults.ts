import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { MessageFaults } from './lossy-queues.ts';
import type { CallFate, Machine } from './machine.ts';
import type { Prng } from './prng.ts';

const DEPENDENCIES = ['database', 'queues', 'object-store', 'starknet-node', 'ethereum-node', 'prover'] as const;
type Dependency = (typeof DEPENDENCIES)[number];

const DEPENDENCY_OF: Readonly<Record<string, Dependency>> = {
  store: 'database',
  locks: 'database',
  intents: 'database',
  queue: 'queues',
  objects: 'object-store',
  node: 'starknet-node',
  ethereum: 'ethereum-node',
  prover: 'prover',
};

/** Instances' clocks differ by at most twice this. */
const MAX_SKEW_MS = 2_500;
/** Below the number of lost leases after which a job is given up. */
const MAX_CRASHES = 15;

const CALM_FATE: CallFate = { requestMs: 0, answerMs: 0, crash: undefined, failure: undefined, onTheWire: true };
const NO_MESSAGE_FAULTS: MessageFaults = { lose: 0, duplicate: 0, delay: 0, longestDelayMs: 0 };

/** One disturbance at a given moment. */
export type Incident =
  | { readonly kind: 'freeze'; readonly at: number; readonly machine: number; readonly ms: number }
  | { readonly kind: 'crash'; readonly at: number; readonly machine: number }
  | { readonly kind: 'queues-lost'; readonly at: number }
  | { readonly kind: 'reorg'; readonly at: number; readonly depth: number; readonly vanish: number }
  | { readonly kind: 'pool-forgets'; readonly at: number }
  | { readonly kind: 'fee-spike'; readonly at: number; readonly times: bigint; readonly ms: number };

interface Outage {
  readonly dependency: Dependency;
  readonly from: number;
  readonly to: number;
}

/**
 * All that goes wrong in one run, drawn from its seed. Every kind of fault is absent in some runs and frequent in others:
 * a run in which everything fails all the time never gets far enough for the rare combinations.
 */
export class Faults {
  /** Milliseconds since the start after which nothing goes wrong any more. */
  readonly calmAt: number;
  readonly incidents: readonly Incident[];
  readonly outages: readonly Outage[];
  readonly proverFailures: number;
  readonly emptyBlocks: number;
  readonly #random: Prng;
  readonly #elapsed: () => number;
  readonly #crashRate: number;
  readonly #failureRate: number;
  readonly #latencyRate: number;
  readonly #longestLatencyMs: number;
  readonly #slowRuns: number;
  readonly #failingRuns: number;
  readonly #laggingNode: number;
  readonly #messages: MessageFaults;
  readonly #failedRuns = new Map<number, number>();
  #crashes = 0;

  constructor(random: Prng, machines: number, confirmations: number, elapsed: () => number) {
    this.#random = random;
    this.#elapsed = elapsed;
    this.calmAt = random.int(60, 240) * 1000;
    this.#crashRate = random.pick([0, 0, 1 / 1000, 1 / 300, 1 / 100]);
    this.#failureRate = random.pick([0, 0, 1 / 200, 1 / 40]);
    this.#latencyRate = random.pick([0, 0.1, 0.3]);
    this.#longestLatencyMs = random.pick([50, 500, 5_000]);
    this.#slowRuns = random.pick([0, 0, 0.2]);
    this.proverFailures = random.pick([0, 0, 0.3]);
    this.emptyBlocks = random.pick([0, 0.2, 0.5, 0.9]);
    this.#laggingNode = random.pick([0, 0, 0.2]);
    this.#failingRuns = random.pick([0, 0, 0.2]);
    this.#messages = {
      lose: random.pick([0, 0, 0.05, 0.3]),
      duplicate: random.pick([0, 0, 0.2]),
      delay: random.pick([0, 0.2]),
      longestDelayMs: random.pick([5_000, 120_000]),
    };
    this.outages = this.#several([0, 0, 1, 2, 3], (from) => {
      return {
        dependency: random.pick(DEPENDENCIES),
        from,
        to: Math.min(this.calmAt, from + random.int(1, 60) * 1000),
      };
    });
    const machine = (): number => random.int(0, machines - 1);
    this.incidents = [
      ...this.#several(
        [0, 1, 3],
        (at) => ({ kind: 'freeze', at, machine: machine(), ms: random.int(5, 100) * 1000 }) as const,
      ),
      ...this.#several([0, 0, 2], (at) => ({ kind: 'crash', at, machine: machine() }) as const),
      ...this.#several([0, 0, 1, 2], (at) => ({ kind: 'queues-lost', at }) as const),
      ...this.#several([0, 2, 6], (at) => {
        return {
          kind: 'reorg',
          at,
          depth: random.int(1, confirmations + 3),
          vanish: random.pick([0, 0.5, 1]),
        } as const;
      }),
      ...this.#several([0, 0, 2], (at) => ({ kind: 'pool-forgets', at }) as const),
      ...this.#several([0, 0, 1], (at) => {
        return {
          kind: 'fee-spike',
          at,
          times: BigInt(random.pick([3, 10, 100])),
          ms: random.int(10, 60) * 1000,
        } as const;
      }),
    ];
  }

  get calm(): boolean {
    return this.#elapsed() >= this.calmAt;
  }

  skewMs(): number {
    return this.#random.int(-MAX_SKEW_MS, MAX_SKEW_MS);
  }

  restartMs(): number {
    return this.#random.int(100, this.calm ? 5_000 : 60_000);
  }

  messageFaults(): MessageFaults {
    return this.calm ? NO_MESSAGE_FAULTS : this.#messages;
  }

  /** Milliseconds that a run of the Starknet OS takes; some take longer than a lease. */
  runMs(): number {
    return !this.calm && this.#random.chance(this.#slowRuns)
      ? this.#random.int(20, 100) * 1000
      : this.#random.int(10, 3_000);
  }

  /** Whether a run of the Starknet OS breaks off; at most twice a block, so that no job runs out of attempts. */
  runFails(block: number): boolean {
    const failures = this.#failedRuns.get(block) ?? 0;
    if (this.calm || failures >= 2 || !this.#random.chance(this.#failingRuns)) return false;
    this.#failedRuns.set(block, failures + 1);
    return true;
  }

  /** Blocks that the node which answers now is behind its chain: there are several behind one address. */
  blocksBehind(): number {
    return !this.calm && this.#random.chance(this.#laggingNode) ? this.#random.int(1, 2) : 0;
  }

  fateOf(_machine: Machine, port: string, method: string): CallFate {
    if (this.calm) return CALM_FATE;
    const random = this.#random;
    const delay = (): number => (random.chance(this.#latencyRate) ? random.int(1, this.#longestLatencyMs) : 0);
    const dies = this.#crashes < MAX_CRASHES && random.chance(this.#crashRate);
    if (dies) this.#crashes += 1;
    return {
      requestMs: delay(),
      answerMs: delay(),
      crash: dies ? random.pick(['before', 'after'] as const) : undefined,
      failure: this.#failureOf(port, method),
      onTheWire: random.chance(0.5),
    };
  }

  #failureOf(port: string, method: string): CallFate['failure'] {
    const dependency = DEPENDENCY_OF[port];
    if (dependency === undefined) return undefined;
    const now = this.#elapsed();
    if (this.outages.some((outage) => outage.dependency === dependency && outage.from <= now && now < outage.to)) {
      return { when: 'before', error: unreachable(dependency, method) };
    }
    if (!this.#random.chance(this.#failureRate)) return undefined;
    return { when: this.#random.pick(['before', 'after']), error: unreachable(dependency, method) };
  }

  #several<T>(counts: readonly [number, ...number[]], make: (at: number) => T): T[] {
    return Array.from({ length: this.#random.pick(counts) }, () => make(this.#random.int(0, this.calmAt)));
  }
}

const CODES = {
  database: 'DATABASE_UNAVAILABLE',
  queues: 'QUEUE_UNAVAILABLE',
  'object-store': 'STORAGE_UNAVAILABLE',
  'starknet-node': 'NODE_UNREACHABLE',
  'ethereum-node': 'SETTLEMENT_UNREACHABLE',
  prover: 'PROVER_UNAVAILABLE',
} as const;

function unreachable(dependency: Dependency, method: string): OrchestratorError {
  return new OrchestratorError(CODES[dependency], `${dependency} did not answer ${method}`, {
    retry: 'dependency-down',
    dependency,
  });
}
