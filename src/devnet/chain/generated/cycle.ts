import type { SeededRandom } from './seeded-random.ts';

/**
 * Shape of a block, without its values.
 *
 * - `ordinary`: about 150 writes
 * - `full`: near 4,000 data-availability words
 * - `wide`: 256 or more writes in one contract
 * - `clearing`: every ordinary write is a zero, so its words end in zeros
 * - `empty`: no change of state at all
 */
export type BlockShape = 'ordinary' | 'full' | 'wide' | 'clearing' | 'empty';

export interface BlockPlan {
  readonly shape: BlockShape;
  readonly deployments: number;
  readonly declarations: number;
  /** Sizes of the groups of new storage slots; each group lies in one contract. */
  readonly groups: readonly number[];
  /** Balances of the token contract that change. */
  readonly balances: readonly number[];
  /** Accounts whose nonce rises. */
  readonly accounts: readonly number[];
  /** Upgradable contract that gets another class, the first that the block declares. */
  readonly upgrade: number | undefined;
}

export const CYCLE_LENGTH = 32;
/** Contracts that block 0 deploys: a token, accounts, contracts that are upgraded, and some without a role. */
export const GENESIS = {
  contracts: 24,
  classes: 6,
  balances: 48,
  firstAccount: 1,
  accounts: 12,
  firstUpgradable: 13,
  upgradables: 4,
} as const;
/** A block rewrites slots of the block this many before it. */
export const REWRITE_DISTANCE = 3;
export const MAX_REWRITES = 60;

const SHAPES: readonly BlockShape[] = [
  ...new Array<BlockShape>(3).fill('empty'),
  ...new Array<BlockShape>(2).fill('full'),
  ...new Array<BlockShape>(3).fill('wide'),
  ...new Array<BlockShape>(2).fill('clearing'),
  ...new Array<BlockShape>(22).fill('ordinary'),
];

/**
 * The plans of {@link CYCLE_LENGTH} consecutive blocks, drawn from the seed; every stretch of the chain repeats their shapes with
 * other values. Sums over the cycle are what makes any counter of the chain computable for any block at once.
 */
export function drawCycle(random: SeededRandom, aliased: boolean): BlockPlan[] {
  for (let attempt = 0; ; attempt++) {
    const shapes = random.shuffled(SHAPES, 'shapes', attempt);
    // A clearing block clears slots of an earlier block, which must exist in the first cycle too and have made some.
    const good = shapes.every((shape, position) => {
      const cleared = shapes[position - REWRITE_DISTANCE];
      return shape !== 'clearing' || cleared === 'ordinary' || cleared === 'wide' || cleared === 'full';
    });
    if (good) return shapes.map((shape, position) => drawPlan(random, shape, position, aliased));
  }
}

function drawPlan(random: SeededRandom, shape: BlockShape, position: number, aliased: boolean): BlockPlan {
  if (shape === 'empty' || shape === 'clearing') {
    return { shape, deployments: 0, declarations: 0, groups: [], balances: [], accounts: [], upgrade: undefined };
  }
  const upgrades = random.integer(0, 3, 'upgrades', position) === 0;
  return {
    shape,
    deployments: random.integer(0, 2, 'deployments', position),
    declarations: upgrades ? random.integer(1, 2, 'declarations', position) : 0,
    groups: drawGroups(random, shape, position, aliased),
    balances: numbers(GENESIS.balances).filter((balance) => random.integer(0, 1, 'balances', position, balance) === 0),
    accounts: numbers(GENESIS.accounts).filter((account) => random.integer(0, 2, 'accounts', position, account) === 0),
    upgrade: upgrades ? random.integer(0, GENESIS.upgradables - 1, 'upgraded', position) : undefined,
  };
}

/** With aliases, a new slot costs two writes: its own and that of its alias. */
function drawGroups(random: SeededRandom, shape: BlockShape, position: number, aliased: boolean): number[] {
  const perWrite = aliased ? 2 : 1;
  if (shape === 'wide') return [random.integer(256, 320, 'wide', position), 4];
  if (shape === 'full') return split(Math.floor(random.integer(1_820, 1_900, 'full', position) / perWrite), 90);
  return split(Math.floor(random.integer(40, 120, 'ordinary', position) / perWrite), 9);
}

function split(total: number, size: number): number[] {
  const groups = new Array<number>(Math.floor(total / size)).fill(size);
  return total % size === 0 ? groups : [...groups, total % size];
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
