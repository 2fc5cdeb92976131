import { z } from 'zod';
import { FELT_PRIME } from '../felt.ts';
import type { BlockHeader, BlockMessages, MessageToL1, MessageToL2 } from '../starknet-node.ts';
import { nodeAnswerInvalid } from './node-errors.ts';

/**
 * Shapes of the answers of specifications 0.8 to 0.10, as far as they are used; unknown members are let through. Integers of
 * the field are hex strings there, so nothing is lost in JSON numbers.
 */
export const feltAnswer = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, 'not a hex number')
  .transform((hex) => BigInt(hex))
  .refine((value) => value < FELT_PRIME, 'not below the field prime');

const count = z.number().int().nonnegative();

export const blockNumberAnswer = count;

/** Without hash and number a block is pending (0.8) or pre-confirmed (0.9 and later). */
const finality = z.object({
  status: z.string().optional(),
  block_hash: feltAnswer.optional(),
  block_number: count.optional(),
});

const finalBlock = z.object({
  status: z.enum(['ACCEPTED_ON_L2', 'ACCEPTED_ON_L1']),
  block_hash: feltAnswer,
  parent_hash: feltAnswer,
  block_number: count,
  new_root: feltAnswer,
  timestamp: count,
  starknet_version: z.string().max(31),
});

const receipt = z.object({
  messages_sent: z.array(z.object({ from_address: feltAnswer, to_address: feltAnswer, payload: z.array(feltAnswer) })),
});

const l1Handler = z.object({
  type: z.literal('L1_HANDLER'),
  nonce: feltAnswer,
  contract_address: feltAnswer,
  entry_point_selector: feltAnswer,
  calldata: z.array(feltAnswer).min(1, 'an L1 handler has at least its sender as an argument'),
});

const blockWithReceipts = finalBlock.pick({ status: true, block_number: true }).extend({
  transactions: z.array(z.object({ transaction: z.looseObject({ type: z.string() }), receipt })),
});

/** True when the answer is a block that can still change: `PENDING`, `PRE_CONFIRMED`, or without hash or number. */
export function isNotFinal(answer: unknown): boolean {
  const read = finality.safeParse(answer);
  if (!read.success) return false;
  const { status, block_hash, block_number } = read.data;
  return (
    status === 'PENDING' ||
    status === 'PRE_CONFIRMED' ||
    (status === undefined && (block_hash === undefined || block_number === undefined))
  );
}

/** Answer of `starknet_getBlockWithTxHashes` as a header. */
export function readHeader(host: string, method: string, answer: unknown): BlockHeader {
  const block = readAnswer(host, method, finalBlock, answer);
  return {
    number: block.block_number,
    hash: block.block_hash,
    parentHash: block.parent_hash,
    newRoot: block.new_root,
    starknetVersion: block.starknet_version,
    timestamp: block.timestamp,
  };
}

/** Answer of `starknet_getBlockWithReceipts` as messages, in the order of the transactions. */
export function readMessages(
  host: string,
  method: string,
  answer: unknown,
): BlockMessages & { readonly block: number } {
  const block = readAnswer(host, method, blockWithReceipts, answer);
  const toL1: MessageToL1[] = [];
  const toL2: MessageToL2[] = [];
  block.transactions.forEach(({ transaction, receipt: { messages_sent } }, index) => {
    for (const sent of messages_sent)
      toL1.push({ from: sent.from_address, to: sent.to_address, payload: sent.payload });
    // A reverted handler has consumed its message too: the OS lists it all the same.
    if (transaction.type === 'L1_HANDLER')
      toL2.push(readL1Handler(host, method, transaction, `transactions[${index}].transaction`));
  });
  return { block: block.block_number, toL1, toL2, assumed: false };
}

function readL1Handler(host: string, method: string, transaction: unknown, where: string): MessageToL2 {
  const handler = readAnswer(host, method, l1Handler, transaction, where);
  // calldata[0] is the L1 sender, put there by the sequencer; the rest is the payload that was hashed on L1.
  const [from = 0n, ...payload] = handler.calldata;
  return { from, to: handler.contract_address, nonce: handler.nonce, selector: handler.entry_point_selector, payload };
}

/** @throws OrchestratorError NODE_ANSWER_INVALID naming the first field that is wrong */
export function readAnswer<T>(
  host: string,
  method: string,
  schema: z.ZodType<T>,
  answer: unknown,
  where = 'result',
): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw nodeAnswerInvalid(host, method, fieldName(where, issue?.path ?? []), issue?.message ?? 'unreadable');
}

function fieldName(where: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}.${String(part)}`),
    where,
  );
}
