import type { ChainView } from '../../src/jobs/planner.ts';

/**
 * A chain and its core contract as two numbers. The contract takes the next block only, and remembers under which
 * transaction it took each; what must never happen is kept in `violations`.
 */
export class FakeContract implements ChainView {
  newest: number | undefined;
  settled: number;
  /** Transaction by block, written before it is sent: the same block may only ever be sent under the same one. */
  readonly intents = new Map<number, string>();
  /** Every block that the contract took, in that order; a block twice only after a reorg. */
  readonly accepted: number[] = [];
  readonly violations: string[] = [];

  constructor(head: number | undefined, settled = -1) {
    this.newest = head;
    this.settled = settled;
  }

  head(): Promise<number | undefined> {
    return Promise.resolve(this.newest);
  }

  position(): Promise<number> {
    return Promise.resolve(this.settled);
  }

  submit(block: number, transaction: string): void {
    const intent = this.intents.get(block);
    if (intent !== undefined && intent !== transaction)
      this.violations.push(`block ${block} sent under two transactions`);
    this.intents.set(block, transaction);
    if (block <= this.settled) return;
    if (block !== this.settled + 1) {
      this.violations.push(`block ${block} sent while the contract stands at ${this.settled}`);
      return;
    }
    this.settled = block;
    this.accepted.push(block);
  }
}
