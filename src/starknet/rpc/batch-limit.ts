import type { Clock } from '../../clock/clock.ts';

/** A node that was restarted or a proxy that was set right takes batches again, and nobody tells us. */
const LAPSE_MS = 5 * 60_000;

/** How many calls a node takes in one batch, as its refusals taught; a refusal counts for five minutes. */
export class BatchLimit {
  readonly #clock: Clock;
  readonly #atFirst: number;
  #lowered: { readonly calls: number; readonly until: number } | undefined;

  constructor(clock: Clock, atFirst: number) {
    this.#clock = clock;
    this.#atFirst = atFirst;
  }

  /** Calls that may go in one batch; 1: every call goes by itself. */
  get calls(): number {
    if (this.#lowered !== undefined && this.#clock.now() >= this.#lowered.until) this.#lowered = undefined;
    return this.#lowered?.calls ?? this.#atFirst;
  }

  /** A refusal; true when it allows fewer calls than before. Batches that were under way may be refused later than smaller ones. */
  lower(calls: number): boolean {
    if (calls >= this.calls) return false;
    this.#lowered = { calls, until: this.#clock.now() + LAPSE_MS };
    return true;
  }
}
