import { z } from 'zod';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { shortString } from '../../src/starknet/felt.ts';
import { parseOsOutput } from '../../src/starknet/os-output.ts';
import type { BlockHeader, BlockMessages, StarknetNode, StorageSlot } from '../../src/starknet/starknet-node.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { parseStateUpdate } from '../../src/starknet/state-update-json.ts';
import { vectorJson, vectorText } from './vector-files.ts';

const FOLDER = ['batch', '8373665'] as const;
const FIRST_BLOCK = 789_878;
const BEFORE = FIRST_BLOCK - 1;
const ALIAS_CONTRACT = 2n;
/** The data names no classes of contracts that were there before; only whether they existed matters. */
const CLASS_NOT_IN_THE_DATA = shortString('class not in the data');

const triples = z.array(z.tuple([z.string(), z.string(), z.unknown()]));
const prestateSchema = z.object({
  pre_block: z.literal(BEFORE),
  alias_reads: triples,
  unchanged_slots: z.array(z.tuple([z.string(), z.string(), z.string()])),
  absent_contracts: z.array(z.string()),
});

/**
 * The 500 Sepolia blocks of one settlement (Ethereum block 8373665) as a node. Made here because the data has no headers: number, hash
 * and parent hash follow from the updates and the settled output, the version is 0.13.5, timestamps are 0. The 18 messages
 * to L1 of the settlement cannot be told apart by block: all are given to the last block, so that the whole range has them.
 */
export function batch8373665Node(): StarknetNode {
  const updates = z
    .array(z.unknown())
    .parse(vectorJson(...FOLDER, 'state_updates.json.gz'))
    .map(parseStateUpdate);
  const output = parseOsOutput(
    vectorText(...FOLDER, 'program_output.txt')
      .split(/\s+/)
      .map((word) => BigInt(`0x${word}`)),
  );
  const storageBefore = storageBeforeBatch(updates);
  const absent = new Set(
    prestateSchema.parse(vectorJson(...FOLDER, 'derived_prestate.json.gz')).absent_contracts.map(BigInt),
  );

  const update = (block: number): StateUpdate => {
    const found = updates[block - FIRST_BLOCK];
    if (found === undefined) throw new OrchestratorError('BLOCK_NOT_FOUND', `block ${block} is not in the data`);
    return found;
  };
  const mustBeBefore = (block: number): void => {
    if (block !== BEFORE) throw new OrchestratorError('NODE_ERROR', `the data has no state of block ${block}`);
  };
  return {
    chainId: async () => shortString('SN_SEPOLIA'),
    latestBlockNumber: async () => FIRST_BLOCK + updates.length - 1,
    blockHeader: async (block): Promise<BlockHeader> => ({
      number: block,
      hash: update(block).blockHash,
      parentHash: block === FIRST_BLOCK ? output.prevBlockHash : update(block - 1).blockHash,
      newRoot: update(block).newRoot,
      starknetVersion: '0.13.5',
      timestamp: 0,
    }),
    stateUpdate: async (block) => update(block),
    blockMessages: async (block): Promise<BlockMessages> => {
      const isLast = block === FIRST_BLOCK + updates.length - 1;
      return { toL1: isLast ? output.messagesToL1 : [], toL2: isLast ? output.messagesToL2 : [], assumed: false };
    },
    nonces: async (block) => {
      throw new OrchestratorError('NODE_ERROR', `the data has no nonces of block ${block}`);
    },
    storage: async (block, slots) => {
      mustBeBefore(block);
      return slots.map(storageBefore);
    },
    classHashes: async (block, addresses) => {
      mustBeBefore(block);
      return addresses.map((address) => (absent.has(address) ? undefined : CLASS_NOT_IN_THE_DATA));
    },
  };
}

/** Answers as the `note` of derived_prestate.json.gz says; an alias that the data lacks gets an unused number. */
function storageBeforeBatch(updates: readonly StateUpdate[]): (slot: StorageSlot) => bigint {
  const prestate = prestateSchema.parse(vectorJson(...FOLDER, 'derived_prestate.json.gz'));
  const aliases = new Map(prestate.alias_reads.map(([key, alias]) => [BigInt(key), BigInt(alias)]));
  const unchanged = new Map(
    prestate.unchanged_slots.map(([address, key, value]) => [slotName(BigInt(address), BigInt(key)), BigInt(value)]),
  );
  const written = finalValues(updates);
  const assigned = updates.flatMap(({ stateDiff }) =>
    stateDiff.storageDiffs.filter(({ address }) => address === ALIAS_CONTRACT).flatMap(({ entries }) => entries),
  );
  for (const { key } of assigned) if (!aliases.has(key)) aliases.set(key, 0n);
  // Key 0 holds the next free number: before the batch, the first one that the batch assigns.
  aliases.set(0n, leastOf(assigned.filter(({ key }) => key !== 0n).map(({ value }) => value)));

  const used = new Set([...aliases.values(), ...assigned.map(({ value }) => value)]);
  let candidate = 0x80n;
  const unusedNumber = (): bigint => {
    while (used.has(candidate)) candidate++;
    used.add(candidate);
    return candidate;
  };
  return ({ address, key }) => {
    if (address === ALIAS_CONTRACT) {
      const alias = aliases.get(key) ?? unusedNumber();
      aliases.set(key, alias);
      return alias;
    }
    const name = slotName(address, key);
    if (address < ALIAS_CONTRACT) return 0n;
    return unchanged.get(name) ?? (written.get(name) === 0n ? 1n : 0n);
  };
}

function leastOf(values: readonly bigint[]): bigint {
  const [least] = values.toSorted((a, b) => (a < b ? -1 : 1));
  if (least === undefined) throw new Error('the batch assigns no alias');
  return least;
}

function finalValues(updates: readonly StateUpdate[]): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const { stateDiff } of updates) {
    for (const { address, entries } of stateDiff.storageDiffs)
      for (const { key, value } of entries) values.set(slotName(address, key), value);
  }
  return values;
}

function slotName(address: bigint, key: bigint): string {
  return `${address}.${key}`;
}
