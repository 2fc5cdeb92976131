import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex, parseFelt } from '../../starknet/felt.ts';
import type { BlockHeader, BlockMessages } from '../../starknet/starknet-node.ts';
import { stateUpdateToJson } from '../../starknet/state-update-json.ts';
import { FAILURE, RpcFailure } from './rpc-failure.ts';
import { type RpcArguments, readArguments } from './rpc-params.ts';
import { NotRecorded, type ServedChain } from './served-chain.ts';

interface Method {
  readonly parameters: readonly string[];
  answer(chain: ServedChain, args: RpcArguments): unknown;
}

/** The methods that the pipeline and `orchestrator record` use, and no others. */
const METHODS: Readonly<Record<string, Method>> = {
  starknet_chainId: { parameters: [], answer: (chain) => feltToHex(chain.chainId()) },
  starknet_blockNumber: { parameters: [], answer: (chain) => latest(chain) },
  starknet_getBlockWithTxHashes: {
    parameters: ['block_id'],
    answer: (chain, args) => ({ ...headerJson(chain.header(existingBlock(chain, args))), transactions: [] }),
  },
  starknet_getStateUpdate: {
    parameters: ['block_id'],
    answer: (chain, args) => stateUpdateToJson(chain.stateUpdate(existingBlock(chain, args))),
  },
  starknet_getBlockWithReceipts: {
    parameters: ['block_id'],
    answer: (chain, args) => {
      const block = existingBlock(chain, args);
      const messages = chain.messages(block);
      if (messages === undefined)
        throw new RpcFailure(FAILURE.methodNotFound, 'Method not found: the recorded node had no receipts');
      return { ...headerJson(chain.header(block)), transactions: transactionsJson(messages) };
    },
  },
  starknet_getNonce: {
    parameters: ['block_id', 'contract_address'],
    answer: (chain, args) =>
      feltToHex(orContractNotFound(chain.nonce(stateBlock(chain, args), args.felt('contract_address')))),
  },
  starknet_getStorageAt: {
    parameters: ['contract_address', 'key', 'block_id'],
    answer: (chain, args) =>
      feltToHex(chain.storage(stateBlock(chain, args), args.felt('contract_address'), args.felt('key'))),
  },
  starknet_getClassHashAt: {
    parameters: ['block_id', 'contract_address'],
    answer: (chain, args) =>
      feltToHex(orContractNotFound(chain.classHash(stateBlock(chain, args), args.felt('contract_address')))),
  },
};

/**
 * Result of one call.
 *
 * @throws RpcFailure with the code that a Starknet node would give
 */
export function answerCall(chain: ServedChain, method: string, params: unknown): unknown {
  const known = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (known === undefined) throw new RpcFailure(FAILURE.methodNotFound, 'Method not found');
  try {
    return known.answer(chain, readArguments(params, known.parameters));
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'FELT_INVALID') {
      throw new RpcFailure(FAILURE.invalidParams, `Invalid params: ${error.message}`);
    }
    if (error instanceof NotRecorded) throw new RpcFailure(FAILURE.notRecorded, error.message);
    throw error;
  }
}

function latest(chain: ServedChain): number {
  const block = chain.latestBlock();
  if (block === undefined) throw new RpcFailure(FAILURE.noBlocks, 'There are no blocks');
  return block;
}

/** Number of a block whose contents are asked for. */
function existingBlock(chain: ServedChain, args: RpcArguments): number {
  return notBelow(chain, chain.firstBlock(), blockNumber(chain, args.value('block_id')));
}

/** Number of a block whose state is asked for: also the one before the first, which look-ups were recorded of. */
function stateBlock(chain: ServedChain, args: RpcArguments): number {
  return notBelow(chain, Math.max(0, chain.firstBlock() - 1), blockNumber(chain, args.value('block_id')));
}

function notBelow(chain: ServedChain, lowest: number, block: number): number {
  if (block >= lowest) return block;
  throw new RpcFailure(
    FAILURE.notRecorded,
    `Block ${block} is not in the recorded chain, which begins at block ${chain.firstBlock()}`,
  );
}

function blockNumber(chain: ServedChain, blockId: unknown): number {
  if (blockId === 'latest') return latest(chain);
  const number = blockIdNumber(chain, blockId);
  const newest = chain.latestBlock();
  if (number === undefined || newest === undefined || number > newest)
    throw new RpcFailure(FAILURE.blockNotFound, 'Block not found');
  return number;
}

function blockIdNumber(chain: ServedChain, blockId: unknown): number | undefined {
  if (blockId === 'pending' || blockId === 'pre_confirmed') return undefined;
  if (typeof blockId === 'object' && blockId !== null) {
    if ('block_number' in blockId && Number.isSafeInteger(blockId.block_number)) return Number(blockId.block_number);
    if ('block_hash' in blockId && typeof blockId.block_hash === 'string')
      return chain.blockByHash(parseFelt(blockId.block_hash, 'block_hash'));
  }
  throw new RpcFailure(FAILURE.invalidParams, 'Invalid params: block_id is no block number, block hash or tag');
}

function orContractNotFound(value: bigint | undefined): bigint {
  if (value === undefined) throw new RpcFailure(FAILURE.contractNotFound, 'Contract not found');
  return value;
}

function headerJson(header: BlockHeader): object {
  return {
    status: 'ACCEPTED_ON_L2',
    block_hash: feltToHex(header.hash),
    parent_hash: feltToHex(header.parentHash),
    block_number: header.number,
    new_root: feltToHex(header.newRoot),
    timestamp: header.timestamp,
    starknet_version: header.starknetVersion,
  };
}

/** The fewest transactions that carry the messages: one L1 handler each way in, one invocation for all ways out. */
function transactionsJson(messages: Omit<BlockMessages, 'assumed'>): object[] {
  const handlers = messages.toL2.map((message) => ({
    transaction: {
      type: 'L1_HANDLER',
      version: '0x0',
      nonce: feltToHex(message.nonce),
      contract_address: feltToHex(message.to),
      entry_point_selector: feltToHex(message.selector),
      calldata: [message.from, ...message.payload].map(feltToHex),
    },
    receipt: { type: 'L1_HANDLER', messages_sent: [] },
  }));
  if (messages.toL1.length === 0) return handlers;
  const sent = messages.toL1.map(({ from, to, payload }) => ({
    from_address: feltToHex(from),
    to_address: feltToHex(to),
    payload: payload.map(feltToHex),
  }));
  return [...handlers, { transaction: { type: 'INVOKE' }, receipt: { type: 'INVOKE', messages_sent: sent } }];
}
