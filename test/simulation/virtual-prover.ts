import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { Prover, ProverQuery, ProverStatus, ProverTask } from '../../src/provers/prover.ts';
import type { Prng } from './prng.ts';

/** What the prover does with a task; failures end a task for good, another attempt is another task. */
export interface ProverBehaviour {
  /** Milliseconds that a proof takes. */
  readonly provingMs: () => number;
  readonly fails: (attempt: number) => boolean;
}

export interface FactSink {
  register(fact: string): void;
  isRegistered(fact: string): boolean;
}

interface Task {
  readonly fact: string;
  readonly doneAt: number;
  readonly fails: boolean;
}

/** A proving service outside of every machine. The same submission is the same task; a proof registers its fact. */
export class VirtualProver implements Prover {
  readonly #tasks = new Map<string, Task>();
  readonly #now: () => number;
  readonly #after: (ms: number, callback: () => void) => void;
  readonly #facts: FactSink;
  readonly #behaviour: ProverBehaviour;

  constructor(
    now: () => number,
    after: (ms: number, callback: () => void) => void,
    facts: FactSink,
    behaviour: ProverBehaviour,
  ) {
    this.#now = now;
    this.#after = after;
    this.#facts = facts;
    this.#behaviour = behaviour;
  }

  async submit({ dedupId, attempt }: ProverTask): Promise<string> {
    const id = `${dedupId}:${attempt}`;
    if (!this.#tasks.has(id)) {
      const provingMs = this.#behaviour.provingMs();
      const fails = this.#behaviour.fails(attempt);
      this.#tasks.set(id, { fact: dedupId, doneAt: this.#now() + provingMs, fails });
      if (!fails) this.#after(provingMs, () => this.#facts.register(dedupId));
    }
    return id;
  }

  async status({ externalId, fact }: ProverQuery): Promise<ProverStatus> {
    const task = this.#tasks.get(externalId);
    if (task === undefined) throw new OrchestratorError('PROVER_FAILED', `the prover knows no task ${externalId}`);
    if (task.doneAt > this.#now()) return { kind: 'processing', note: 'proving' };
    if (task.fails) return { kind: 'failed', reason: 'the prover gave up' };
    if (fact !== null && !this.#facts.isRegistered(fact)) return { kind: 'processing', note: 'fact not on chain' };
    return { kind: 'succeeded' };
  }
}

/** At most two failures a fact, so that no job runs out of attempts. */
export function proverBehaviour(random: Prng, failureRate: () => number): ProverBehaviour {
  return { provingMs: () => random.int(500, 20_000), fails: (attempt) => attempt < 2 && random.chance(failureRate()) };
}
