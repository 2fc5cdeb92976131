import type { Hex } from 'viem';
import type {
  BlockHash,
  BlockTag,
  CallRequest,
  EthereumBlock,
  EthereumClient,
  EthereumLog,
  EthereumReceipt,
  EthereumTransaction,
  LogFilter,
} from '../../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumRpcError } from '../../../src/settlement/ethereum/rpc-error.ts';
import { applyUpdate, LOG_STATE_UPDATE, stateUpdateLog, updateCallOf, viewOf } from './core-contract-model.ts';
import { CHAIN_ID, CORE_CONTRACT, Refusal, type VirtualBlock, type VirtualEthereum } from './virtual-ethereum.ts';

const GAS_USED = 250_000n;

/** A node of the virtual Ethereum, as the settlement code sees it. */
export class VirtualEthereumClient implements EthereumClient {
  readonly #chain: VirtualEthereum;
  readonly #blocksBehind: () => number;

  /** `blocksBehind` says for each answer how far the node that gives it is behind the head. */
  constructor(chain: VirtualEthereum, blocksBehind: () => number) {
    this.#chain = chain;
    this.#blocksBehind = blocksBehind;
  }

  async chainId(): Promise<number> {
    return CHAIN_ID;
  }

  async block(at: BlockTag): Promise<EthereumBlock | undefined> {
    const block = this.#at(at);
    if (block === undefined) return undefined;
    const { number, hash, parentHash, timestamp, baseFeePerGas } = block;
    return { number, hash, parentHash, timestamp, baseFeePerGas };
  }

  async blobBaseFee(): Promise<bigint> {
    return this.#chain.head.blobBaseFee;
  }

  async transactionCount(_address: Hex, at: BlockTag | BlockHash): Promise<number> {
    const { nonce } = this.#state(at);
    let next = nonce;
    if (at === 'pending') while (this.#chain.pool.has(next)) next += 1;
    return next;
  }

  async balance(): Promise<bigint> {
    return this.#chain.balance();
  }

  async transaction(hash: Hex): Promise<EthereumTransaction | undefined> {
    for (const { hash: pooled, body } of this.#chain.pool.values()) {
      if (pooled === hash) return { hash, nonce: body.nonce, blockNumber: null };
    }
    const mined = this.#mined(hash);
    return mined && { hash, nonce: mined.receipt.transaction.body.nonce, blockNumber: mined.block.number };
  }

  async receipt(hash: Hex): Promise<EthereumReceipt | undefined> {
    const mined = this.#mined(hash);
    if (mined === undefined) return undefined;
    const { block, receipt } = mined;
    return { hash, status: receipt.status, blockNumber: block.number, blockHash: block.hash, gasUsed: GAS_USED };
  }

  async call({ to, data, blobVersionedHashes }: CallRequest, at: BlockTag | BlockHash): Promise<Hex> {
    const { core, facts } = this.#state(at);
    if (to !== CORE_CONTRACT) return '0x';
    const answer = viewOf(data, core);
    if (answer !== undefined) return answer;
    const update = updateCallOf(data);
    if (update === undefined) throw reverted('no such method');
    const result = applyUpdate(core, facts, update, blobVersionedHashes ?? []);
    if (!result.ok) throw reverted(result.reason);
    return '0x';
  }

  async sendRawTransaction(raw: Uint8Array): Promise<Hex> {
    try {
      return this.#chain.send(raw);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new EthereumRpcError({ method: 'eth_sendRawTransaction', code: -32000, message: error.message });
    }
  }

  async logs({ fromBlock, toBlock, topic0 }: LogFilter): Promise<EthereumLog[]> {
    if (topic0 !== LOG_STATE_UPDATE) return [];
    const logs: EthereumLog[] = [];
    for (const block of this.#chain.blocks) {
      for (const { status, transaction } of block.receipts) {
        const output = transaction.call?.output;
        if (status !== 'success' || output === undefined) continue;
        if (block.number < fromBlock || block.number > toBlock) continue;
        const data = stateUpdateLog({
          blockNumber: output.newBlockNumber,
          root: output.finalRoot,
          blockHash: output.newBlockHash,
        });
        logs.push({ blockNumber: block.number, transactionHash: transaction.hash, topics: [LOG_STATE_UPDATE], data });
      }
    }
    return logs;
  }

  #at(at: BlockTag | BlockHash): VirtualBlock | undefined {
    if (typeof at === 'object') return this.#chain.byHash(at.blockHash);
    const first = this.#chain.blocks[0];
    const known = this.#chain.blocks.length - this.#blocksBehind();
    if (typeof at !== 'number' || first === undefined) return this.#chain.blocks[known - 1];
    return at - first.number < known ? this.#chain.blocks[at - first.number] : undefined;
  }

  #state(at: BlockTag | BlockHash): VirtualBlock {
    const block = this.#at(at);
    if (block !== undefined) return block;
    throw new EthereumRpcError({ method: 'eth_call', code: -32000, message: 'header not found' });
  }

  #mined(hash: Hex) {
    const known = this.#chain.blocks.length - this.#blocksBehind();
    for (const block of this.#chain.blocks.slice(0, known)) {
      for (const receipt of block.receipts) if (receipt.transaction.hash === hash) return { block, receipt };
    }
    return undefined;
  }
}

function reverted(reason: string): EthereumRpcError {
  return new EthereumRpcError({ method: 'eth_call', code: 3, message: `execution reverted: ${reason}` });
}
