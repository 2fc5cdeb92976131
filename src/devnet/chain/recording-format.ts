import { z } from 'zod';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { FELT_PRIME, feltToHex } from '../../starknet/felt.ts';
import type { BlockHeader, BlockMessages } from '../../starknet/starknet-node.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';
import { parseStateUpdate, stateUpdateToJson } from '../../starknet/state-update-json.ts';
import type { RecordedBlock, RecordingManifest, ValuesBefore } from './recorded-block.ts';

const FORMAT = 'starknet-recorded-chain';
const FORMAT_VERSION = 1;

const hex = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/, 'not a hex number');
const felt = hex.transform((text) => BigInt(text)).refine((value) => value < FELT_PRIME, 'not below the field prime');
const count = z.number().int().nonnegative();

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  chain_id: felt,
  first_block: count,
  last_block: count,
  complete: z.boolean(),
});

const blockSchema = z.object({
  header: z.object({
    block_number: count,
    block_hash: felt,
    parent_hash: felt,
    new_root: felt,
    timestamp: count,
    starknet_version: z.string(),
  }),
  state_update: z.unknown(),
  messages: z
    .object({
      to_l1: z.array(z.object({ from_address: felt, to_address: felt, payload: z.array(felt) })),
      to_l2: z.array(
        z.object({
          from_address: felt,
          to_address: felt,
          nonce: felt,
          entry_point_selector: felt,
          payload: z.array(felt),
        }),
      ),
    })
    .nullable(),
  before: z.object({
    storage: z.record(hex, z.record(hex, felt)),
    nonces: z.record(hex, felt),
    classes: z.record(hex, felt.nullable()),
  }),
});

export function manifestToJson(manifest: RecordingManifest): object {
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    chain_id: feltToHex(manifest.chainId),
    first_block: manifest.firstBlock,
    last_block: manifest.lastBlock,
    complete: manifest.complete,
  };
}

/** @throws OrchestratorError RECORDING_INVALID naming `file` and the field */
export function parseManifest(file: string, json: unknown): RecordingManifest {
  const read = readAs(file, manifestSchema, json);
  if (read.last_block < read.first_block) throw recordingInvalid(file, 'last_block', 'it is below first_block');
  return { chainId: read.chain_id, firstBlock: read.first_block, lastBlock: read.last_block, complete: read.complete };
}

export function blockToJson(block: RecordedBlock): object {
  return {
    header: headerToJson(block.header),
    state_update: stateUpdateToJson(block.update),
    messages: block.messages === undefined ? null : messagesToJson(block.messages),
    before: beforeToJson(block.before),
  };
}

/** @throws OrchestratorError RECORDING_INVALID naming `file` and the field */
export function parseBlock(file: string, json: unknown): RecordedBlock {
  const { header, state_update, messages, before } = readAs(file, blockSchema, json);
  return {
    header: {
      number: header.block_number,
      hash: header.block_hash,
      parentHash: header.parent_hash,
      newRoot: header.new_root,
      starknetVersion: header.starknet_version,
      timestamp: header.timestamp,
    },
    update: readStateUpdate(file, state_update),
    messages:
      messages === null
        ? undefined
        : {
            toL1: messages.to_l1.map((sent) => ({
              from: sent.from_address,
              to: sent.to_address,
              payload: sent.payload,
            })),
            toL2: messages.to_l2.map((consumed) => ({
              from: consumed.from_address,
              to: consumed.to_address,
              nonce: consumed.nonce,
              selector: consumed.entry_point_selector,
              payload: consumed.payload,
            })),
          },
    before: {
      storage: Object.entries(before.storage).flatMap(([address, values]) =>
        Object.entries(values).map(([key, value]) => ({ address: BigInt(address), key: BigInt(key), value })),
      ),
      nonces: Object.entries(before.nonces).map(([address, nonce]) => ({ address: BigInt(address), nonce })),
      classes: Object.entries(before.classes).map(([address, hash]) => ({
        address: BigInt(address),
        classHash: hash ?? undefined,
      })),
    },
  };
}

export function recordingInvalid(file: string, field: string, problem: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('RECORDING_INVALID', `Recorded chain: ${file} is invalid at ${field}: ${problem}`, {
    context: { file, field },
    cause,
    hint: 'Record the chain again, or take the folder from a copy.',
  });
}

function headerToJson(header: BlockHeader): object {
  return {
    block_number: header.number,
    block_hash: feltToHex(header.hash),
    parent_hash: feltToHex(header.parentHash),
    new_root: feltToHex(header.newRoot),
    timestamp: header.timestamp,
    starknet_version: header.starknetVersion,
  };
}

function messagesToJson({ toL1, toL2 }: Omit<BlockMessages, 'assumed'>): object {
  return {
    to_l1: toL1.map(({ from, to, payload }) => ({
      from_address: feltToHex(from),
      to_address: feltToHex(to),
      payload: payload.map(feltToHex),
    })),
    to_l2: toL2.map(({ from, to, nonce, selector, payload }) => ({
      from_address: feltToHex(from),
      to_address: feltToHex(to),
      nonce: feltToHex(nonce),
      entry_point_selector: feltToHex(selector),
      payload: payload.map(feltToHex),
    })),
  };
}

function beforeToJson(before: ValuesBefore): object {
  const storage: Record<string, Record<string, string>> = {};
  for (const { address, key, value } of before.storage) {
    const contract = feltToHex(address);
    const values = storage[contract] ?? {};
    values[feltToHex(key)] = feltToHex(value);
    storage[contract] = values;
  }
  return {
    storage,
    nonces: Object.fromEntries(before.nonces.map(({ address, nonce }) => [feltToHex(address), feltToHex(nonce)])),
    classes: Object.fromEntries(
      before.classes.map(({ address, classHash }) => [
        feltToHex(address),
        classHash === undefined ? null : feltToHex(classHash),
      ]),
    ),
  };
}

function readStateUpdate(file: string, json: unknown): StateUpdate {
  try {
    return parseStateUpdate(json);
  } catch (error) {
    if (error instanceof OrchestratorError) throw recordingInvalid(file, 'state_update', error.message, error);
    throw error;
  }
}

function readAs<T>(file: string, schema: z.ZodType<T>, json: unknown): T {
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw recordingInvalid(file, issue?.path.map(String).join('.') || 'the top', issue?.message ?? 'unreadable');
}
