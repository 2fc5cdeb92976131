import type { Hex } from 'viem';

/**
 * The few operations of an execution-layer node that settlement needs. A port: the production adapter speaks JSON-RPC,
 * the simulation answers from a virtual chain.
 *
 * An operation fails with an EthereumRpcError when the node answered with a JSON-RPC error, and with an
 * OrchestratorError of class `dependency-down` or `rate-limited` when there was no usable answer. "Not found" is always
 * `undefined`, never an error, and an error never means "not found". An aborted signal rejects with its reason.
 */
export interface EthereumClient {
  chainId(signal?: AbortSignal): Promise<number>;
  block(at: BlockTag, signal?: AbortSignal): Promise<EthereumBlock | undefined>;
  /** Wei per unit of blob gas that the next block asks for. */
  blobBaseFee(signal?: AbortSignal): Promise<bigint>;
  /** Nonce of the account's next transaction, as of that block; `pending` counts the node's pool too. */
  transactionCount(address: Hex, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<number>;
  /** Wei. */
  balance(address: Hex, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<bigint>;
  /** A transaction in a block or in the node's pool. */
  transaction(hash: Hex, signal?: AbortSignal): Promise<EthereumTransaction | undefined>;
  receipt(hash: Hex, signal?: AbortSignal): Promise<EthereumReceipt | undefined>;
  /** Return data of a call that changes nothing. A revert is an EthereumRpcError with the revert data. */
  call(request: CallRequest, at: BlockTag | BlockHash, signal?: AbortSignal): Promise<Hex>;
  /** Network bytes of a signed transaction, blob wrapper included; answers its hash. Never repeated by the client. */
  sendRawTransaction(raw: Uint8Array, signal?: AbortSignal): Promise<Hex>;
  /** In the order of the chain. */
  logs(filter: LogFilter, signal?: AbortSignal): Promise<EthereumLog[]>;
}

/** A height, or a name for one. */
export type BlockTag = number | 'latest' | 'pending' | 'safe' | 'finalized' | 'earliest';

/** Names one block of one branch (EIP-1898): several calls at one hash see one state, whatever a reorg does between them. */
export interface BlockHash {
  readonly blockHash: Hex;
}

export interface EthereumBlock {
  readonly number: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Wei. */
  readonly baseFeePerGas: bigint;
}

export interface EthereumTransaction {
  readonly hash: Hex;
  readonly nonce: number;
  /** Null while the transaction waits in the pool. */
  readonly blockNumber: number | null;
}

export interface EthereumReceipt {
  readonly hash: Hex;
  readonly status: 'success' | 'reverted';
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly gasUsed: bigint;
}

export interface CallRequest {
  readonly to: Hex;
  readonly data: Hex;
  readonly from?: Hex;
  readonly gas?: bigint;
  /** What BLOBHASH answers (EIP-4844); not every node takes it. */
  readonly blobVersionedHashes?: readonly Hex[];
}

export interface LogFilter {
  readonly address: Hex;
  /** Inclusive. */
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly topic0: Hex;
}

export interface EthereumLog {
  readonly blockNumber: number;
  readonly transactionHash: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}
