import { type BlockPlan, CYCLE_LENGTH, drawCycle, GENESIS, MAX_REWRITES, REWRITE_DISTANCE } from './cycle.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Counters that only grow; each counts something of all blocks before a given one. */
const COUNTERS = ['contracts', 'classes', 'aliases'] as const;
type Counter = (typeof COUNTERS)[number];

const GENESIS_COUNTS: Readonly<Record<Counter, number>> = {
  contracts: GENESIS.contracts,
  classes: GENESIS.classes,
  aliases: GENESIS.contracts + GENESIS.balances,
};

/**
 * What happens in which block, for any block at once. Block 0 is the genesis; block n > 0 follows the plan at position
 * `(n - 1) mod 32` of the cycle.
 */
export class Schedule {
  readonly #plans: readonly BlockPlan[];
  /** By counter, the sum over the plans before each position; the last entry is that of the whole cycle. */
  readonly #sums: Readonly<Record<Counter, readonly number[]>>;

  constructor(random: SeededRandom, options: { readonly aliased: boolean }) {
    this.#plans = drawCycle(random, options.aliased);
    this.#sums = {
      contracts: prefixSums(this.#plans.map((plan) => plan.deployments)),
      classes: prefixSums(this.#plans.map((plan) => plan.declarations)),
      aliases: prefixSums(this.#plans.map((plan) => plan.deployments + slotCount(plan))),
    };
  }

  /** Plan of a block after the genesis. */
  plan(block: number): BlockPlan {
    const plan = this.#plans[(block - 1) % CYCLE_LENGTH];
    if (plan === undefined) throw new RangeError(`block ${block} has no plan`);
    return plan;
  }

  isEmpty(block: number): boolean {
    return block > 0 && this.plan(block).shape === 'empty';
  }

  /** How many of them there are before the block. */
  countBefore(counter: Counter, block: number): number {
    if (block <= 0) return 0;
    const sums = this.#sums[counter];
    const cycles = Math.floor((block - 1) / CYCLE_LENGTH);
    return GENESIS_COUNTS[counter] + cycles * (sums[CYCLE_LENGTH] ?? 0) + (sums[(block - 1) % CYCLE_LENGTH] ?? 0);
  }

  /** Block in which the `ordinal`-th of them appears. */
  blockOf(counter: Counter, ordinal: number): number {
    if (ordinal < GENESIS_COUNTS[counter]) return 0;
    const sums = this.#sums[counter];
    const perCycle = sums[CYCLE_LENGTH] ?? 0;
    const inCycles = ordinal - GENESIS_COUNTS[counter];
    if (perCycle === 0) return Number.POSITIVE_INFINITY;
    const rest = inCycles % perCycle;
    const position = sums.findIndex((sum, index) => index > 0 && sum > rest) - 1;
    return Math.floor(inCycles / perCycle) * CYCLE_LENGTH + position + 1;
  }

  /** Storage slots that the block writes for the first time. */
  newSlots(block: number): number {
    return block <= 0 ? 0 : slotCount(this.plan(block));
  }

  /** Slots of the block {@link REWRITE_DISTANCE} before it that the block writes again: the first so many of them. */
  rewrites(block: number): number {
    const earlier = block - REWRITE_DISTANCE;
    if (earlier < 1 || this.isEmpty(block)) return 0;
    return Math.min(MAX_REWRITES, this.newSlots(earlier));
  }

  /** Group of the block's new slots that holds the slot; undefined when the block has no such slot. */
  groupOf(block: number, slot: number): number | undefined {
    if (block < 1) return undefined;
    let end = 0;
    const group = this.plan(block).groups.findIndex((size) => {
      end += size;
      return slot < end;
    });
    return group < 0 ? undefined : group;
  }

  /** Newest block after the genesis, up to `block`, whose plan satisfies `test`; undefined when there is none. */
  newest(block: number, test: (plan: BlockPlan) => boolean): number | undefined {
    for (let candidate = block; candidate >= 1 && candidate > block - CYCLE_LENGTH; candidate--) {
      if (test(this.plan(candidate))) return candidate;
    }
    return undefined;
  }

  /** Number of blocks after the genesis, up to `block`, whose plan satisfies `test`. */
  count(block: number, test: (plan: BlockPlan) => boolean): number {
    const cycles = Math.floor(block / CYCLE_LENGTH);
    const inCycle = this.#plans.filter(test).length;
    const inRest = this.#plans.slice(0, block % CYCLE_LENGTH).filter(test).length;
    return cycles * inCycle + inRest;
  }
}

function slotCount(plan: BlockPlan): number {
  return plan.groups.reduce((sum, size) => sum + size, 0);
}

function prefixSums(values: readonly number[]): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return sums;
}
