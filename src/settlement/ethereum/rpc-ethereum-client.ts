import { bytesToHex, type Hex, toHex } from 'viem';
import { blobBaseFeeOf } from './blob-base-fee.ts';
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
} from './ethereum-client.ts';
import { JsonRpcHttp, type JsonRpcHttpOptions } from './json-rpc-http.ts';
import { EthereumRpcError } from './rpc-error.ts';
import { type AnswerField, hexBytes, integer, invalidAnswer, list, quantity, record } from './rpc-values.ts';

/** {@link EthereumClient} over a node's HTTP JSON-RPC. Reads are repeated a few times, sending never is. */
export class RpcEthereumClient implements EthereumClient {
  readonly #rpc: JsonRpcHttp;

  constructor(options: JsonRpcHttpOptions) {
    this.#rpc = new JsonRpcHttp(options);
  }

  async chainId(signal?: AbortSignal): Promise<number> {
    return integer(await this.#rpc.read('eth_chainId', [], signal), result('eth_chainId'));
  }

  async block(at: BlockTag, signal?: AbortSignal): Promise<EthereumBlock | undefined> {
    const header = await this.#header(at, signal);
    if (header === undefined) return undefined;
    const field = (name: string): AnswerField => ({ method: 'eth_getBlockByNumber', name });
    return {
      number: integer(header.number, field('number')),
      hash: hexBytes(header.hash, field('hash'), 32),
      parentHash: hexBytes(header.parentHash, field('parentHash'), 32),
      timestamp: integer(header.timestamp, field('timestamp')),
      baseFeePerGas: quantity(header.baseFeePerGas, field('baseFeePerGas')),
    };
  }

  async blobBaseFee(signal?: AbortSignal): Promise<bigint> {
    try {
      return quantity(await this.#rpc.read('eth_blobBaseFee', [], signal), result('eth_blobBaseFee'));
    } catch (error) {
      if (!(error instanceof EthereumRpcError) || !error.isMethodMissing) throw error;
    }
    const excess = (await this.#header('latest', signal))?.excessBlobGas;
    if (excess === undefined || excess === null)
      throw invalidAnswer(
        { method: 'eth_getBlockByNumber', name: 'excessBlobGas' },
        'is missing, so the node takes no blobs',
      );
    return blobBaseFeeOf(quantity(excess, { method: 'eth_getBlockByNumber', name: 'excessBlobGas' }));
  }

  async transactionCount(address: Hex, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<number> {
    const method = 'eth_getTransactionCount';
    return integer(await this.#rpc.read(method, [address, blockParameter(at)], signal), result(method));
  }

  async balance(address: Hex, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<bigint> {
    return quantity(
      await this.#rpc.read('eth_getBalance', [address, blockParameter(at)], signal),
      result('eth_getBalance'),
    );
  }

  async transaction(hash: Hex, signal?: AbortSignal): Promise<EthereumTransaction | undefined> {
    const method = 'eth_getTransactionByHash';
    const answer = await this.#rpc.read(method, [hash], signal);
    if (answer === null) return undefined;
    const fields = record(answer, result(method));
    const blockNumber = fields.blockNumber ?? null;
    return {
      hash,
      nonce: integer(fields.nonce, { method, name: 'nonce' }),
      blockNumber: blockNumber === null ? null : integer(blockNumber, { method, name: 'blockNumber' }),
    };
  }

  async receipt(hash: Hex, signal?: AbortSignal): Promise<EthereumReceipt | undefined> {
    const method = 'eth_getTransactionReceipt';
    const answer = await this.#rpc.read(method, [hash], signal);
    if (answer === null) return undefined;
    const fields = record(answer, result(method));
    const field = (name: string): AnswerField => ({ method, name });
    return {
      hash,
      status: quantity(fields.status, field('status')) === 1n ? 'success' : 'reverted',
      blockNumber: integer(fields.blockNumber, field('blockNumber')),
      blockHash: hexBytes(fields.blockHash, field('blockHash'), 32),
      gasUsed: quantity(fields.gasUsed, field('gasUsed')),
    };
  }

  async call(request: CallRequest, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<Hex> {
    const { gas, ...fields } = request;
    const params = [{ ...fields, ...(gas === undefined ? {} : { gas: toHex(gas) }) }, blockParameter(at)];
    return hexBytes(await this.#rpc.read('eth_call', params, signal), result('eth_call'));
  }

  async sendRawTransaction(raw: Uint8Array, signal?: AbortSignal): Promise<Hex> {
    const method = 'eth_sendRawTransaction';
    return hexBytes(await this.#rpc.once(method, [bytesToHex(raw)], signal), result(method), 32);
  }

  async logs(filter: LogFilter, signal?: AbortSignal): Promise<EthereumLog[]> {
    const method = 'eth_getLogs';
    const query = {
      address: filter.address,
      fromBlock: toHex(filter.fromBlock),
      toBlock: toHex(filter.toBlock),
      topics: [filter.topic0],
    };
    const answer = list(await this.#rpc.read(method, [query], signal), result(method));
    return answer.map((entry, index) => {
      const fields = record(entry, { method, name: `entry ${index}` });
      const field = (name: string): AnswerField => ({ method, name: `${name} of entry ${index}` });
      return {
        blockNumber: integer(fields.blockNumber, field('blockNumber')),
        transactionHash: hexBytes(fields.transactionHash, field('transactionHash'), 32),
        topics: list(fields.topics, field('topics')).map((topic) => hexBytes(topic, field('topics'), 32)),
        data: hexBytes(fields.data, field('data')),
      };
    });
  }

  async #header(at: BlockTag, signal: AbortSignal | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
    const answer = await this.#rpc.read('eth_getBlockByNumber', [blockParameter(at), false], signal);
    return answer === null ? undefined : record(answer, result('eth_getBlockByNumber'));
  }
}

function blockParameter(at: BlockTag | BlockHash): string | { readonly blockHash: Hex } {
  if (typeof at === 'object') return { blockHash: at.blockHash };
  return typeof at === 'number' ? toHex(at) : at;
}

function result(method: string): AnswerField {
  return { method, name: 'result' };
}
