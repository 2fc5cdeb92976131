import type { StateDiff, StateUpdate } from '../../../starknet/state-update.ts';
import { ALIAS_CONTRACT, BLOCK_HASH_CONTRACT, BLOCK_HASH_DELAY, type ChainFacts } from './chain-facts.ts';
import { GENESIS, REWRITE_DISTANCE } from './cycle.ts';

/** State update of any block of a generated chain, made without a look at another block. */
export function generatedUpdate(facts: ChainFacts, block: number): StateUpdate {
  const stateDiff = facts.schedule.isEmpty(block)
    ? NO_CHANGE
    : block === 0
      ? genesisDiff(facts)
      : blockDiff(facts, block);
  return { blockHash: facts.blockHash(block), oldRoot: facts.root(block - 1), newRoot: facts.root(block), stateDiff };
}

const NO_CHANGE: StateDiff = {
  storageDiffs: [],
  nonces: [],
  deployedContracts: [],
  replacedClasses: [],
  declaredClasses: [],
  migratedCompiledClasses: [],
  deprecatedDeclaredClasses: [],
};

/** Writes of one block, by contract. */
class Writes {
  readonly #byContract = new Map<bigint, { key: bigint; value: bigint }[]>();

  add(address: bigint, key: bigint, value: bigint): void {
    const entries = this.#byContract.get(address);
    if (entries === undefined) this.#byContract.set(address, [{ key, value }]);
    else entries.push({ key, value });
  }

  toDiffs(): StateDiff['storageDiffs'] {
    return [...this.#byContract].map(([address, entries]) => ({ address, entries }));
  }
}

function genesisDiff(facts: ChainFacts): StateDiff {
  const contracts = upTo(0, GENESIS.contracts);
  const writes = new Writes();
  const balances = upTo(0, GENESIS.balances);
  for (const balance of balances)
    writes.add(facts.contract(0), facts.balanceKey(balance), facts.balanceValue(0, balance));
  if (facts.aliased)
    addAliases(facts, writes, 0, [
      ...contracts.map((ordinal) => facts.contract(ordinal)),
      ...balances.map((balance) => facts.balanceKey(balance)),
    ]);
  return {
    ...NO_CHANGE,
    storageDiffs: writes.toDiffs(),
    ...deployments(facts, contracts),
    declaredClasses: declarations(facts, upTo(0, GENESIS.classes)),
    deprecatedDeclaredClasses: [facts.random.felt('deprecated class')],
  };
}

function blockDiff(facts: ChainFacts, block: number): StateDiff {
  const { schedule } = facts;
  const plan = schedule.plan(block);
  const deployed = upTo(schedule.countBefore('contracts', block), schedule.countBefore('contracts', block + 1));
  const { deployedContracts, nonces } = deployments(facts, deployed);
  const upgraded = plan.upgrade;
  return {
    ...NO_CHANGE,
    storageDiffs: blockWrites(facts, block, deployed).toDiffs(),
    deployedContracts,
    nonces: [
      ...nonces,
      ...plan.accounts.map((account) => ({
        address: facts.contract(GENESIS.firstAccount + account),
        nonce: facts.accountNonce(account, block),
      })),
    ],
    replacedClasses:
      upgraded === undefined
        ? []
        : [
            {
              address: facts.contract(GENESIS.firstUpgradable + upgraded),
              classHash: facts.classHash(schedule.countBefore('classes', block)),
            },
          ],
    declaredClasses: declarations(
      facts,
      upTo(schedule.countBefore('classes', block), schedule.countBefore('classes', block + 1)),
    ),
  };
}

function blockWrites(facts: ChainFacts, block: number, deployed: readonly number[]): Writes {
  const { schedule } = facts;
  const writes = new Writes();
  if (block >= BLOCK_HASH_DELAY) {
    const old = block - BLOCK_HASH_DELAY;
    writes.add(BLOCK_HASH_CONTRACT, BigInt(old), facts.blockHash(old));
  }

  const newKeys: bigint[] = [];
  schedule.plan(block).groups.forEach((size, group) => {
    const owner = facts.contract(facts.slotOwner(block, group));
    for (let i = 0; i < size; i++) {
      const slot = newKeys.length;
      const key = facts.slotKey(block, slot);
      newKeys.push(key);
      writes.add(owner, key, facts.firstValue(block, slot));
    }
  });

  const earlier = block - REWRITE_DISTANCE;
  for (let slot = 0; slot < schedule.rewrites(block); slot++) {
    const owner = facts.contract(facts.slotOwner(earlier, schedule.groupOf(earlier, slot) ?? 0));
    writes.add(owner, facts.slotKey(earlier, slot), facts.secondValue(earlier, slot));
  }

  for (const balance of schedule.plan(block).balances) {
    writes.add(facts.contract(0), facts.balanceKey(balance), facts.balanceValue(block, balance));
  }
  if (facts.aliased)
    addAliases(facts, writes, block, [...deployed.map((ordinal) => facts.contract(ordinal)), ...newKeys]);
  return writes;
}

/** Contract 0x2 numbers what the block uses for the first time; its key 0 moves on. */
function addAliases(facts: ChainFacts, writes: Writes, block: number, used: readonly bigint[]): void {
  if (used.length === 0) return;
  writes.add(ALIAS_CONTRACT, 0n, facts.alias(block, used.length));
  used.forEach((value, index) => {
    writes.add(ALIAS_CONTRACT, value, facts.alias(block, index));
  });
}

function deployments(facts: ChainFacts, ordinals: readonly number[]): Pick<StateDiff, 'deployedContracts' | 'nonces'> {
  return {
    deployedContracts: ordinals.map((ordinal) => ({
      address: facts.contract(ordinal),
      classHash: facts.deployedClass(ordinal),
    })),
    nonces: ordinals
      .map((ordinal) => ({ address: facts.contract(ordinal), nonce: facts.deployedNonce(ordinal) }))
      .filter(({ nonce }) => nonce > 0n),
  };
}

function declarations(facts: ChainFacts, ordinals: readonly number[]): StateDiff['declaredClasses'] {
  return ordinals.map((ordinal) => ({
    classHash: facts.classHash(ordinal),
    compiledClassHash: facts.compiledClassHash(ordinal),
  }));
}

function upTo(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}
