import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Log } from '../../telemetry/log.ts';
import { feltToHex } from '../felt.ts';
import type { BlockHeader, BlockMessages, StarknetNode, StorageSlot } from '../starknet-node.ts';
import type { StateUpdate } from '../state-update.ts';
import { parseStateUpdate } from '../state-update-json.ts';
import { type CallOutcome, JsonRpcClient, type JsonRpcClientOptions, type RpcParams } from './json-rpc-client.ts';
import { blockNumberAnswer, feltAnswer, isNotFinal, readAnswer, readHeader, readMessages } from './node-answers.ts';
import { blockNotFound, nodeAnswerInvalid, RPC_CODE, rpcCodeOf } from './node-errors.ts';

/**
 * A Starknet node of specification 0.8 to 0.10 over JSON-RPC. The address is used as given, version path included.
 *
 * Methods: starknet_chainId, starknet_blockNumber, starknet_getBlockWithTxHashes, starknet_getStateUpdate,
 * starknet_getNonce, starknet_getStorageAt, starknet_getClassHashAt, and starknet_getBlockWithReceipts where it exists.
 */
export class JsonRpcStarknetNode implements StarknetNode {
  /** Host and port of the node, fit for printing. */
  readonly host: string;
  readonly #client: JsonRpcClient;
  readonly #log: Log;
  #saidThatMessagesAreAssumed = false;

  constructor(options: JsonRpcClientOptions) {
    this.#client = new JsonRpcClient(options);
    this.#log = options.log;
    this.host = this.#client.host;
  }

  async chainId(): Promise<bigint> {
    return readAnswer(this.host, 'starknet_chainId', feltAnswer, await this.#client.call('starknet_chainId'));
  }

  async latestBlockNumber(): Promise<number | undefined> {
    const method = 'starknet_blockNumber';
    try {
      return readAnswer(this.host, method, blockNumberAnswer, await this.#client.call(method));
    } catch (error) {
      if (rpcCodeOf(error) === RPC_CODE.noBlocks) return undefined;
      throw error;
    }
  }

  async blockHeader(block: number): Promise<BlockHeader> {
    const method = 'starknet_getBlockWithTxHashes';
    const header = readHeader(this.host, method, await this.#finalBlock(method, block));
    this.#mustBeOfBlock(method, block, header.number);
    return header;
  }

  async stateUpdate(block: number): Promise<StateUpdate> {
    const method = 'starknet_getStateUpdate';
    const [answer, header] = await Promise.all([this.#ofBlock(method, block), this.blockHeader(block)]);
    if (typeof answer === 'object' && answer !== null && !('block_hash' in answer))
      throw blockNotFound(this.host, block, 'is not final yet');
    const update = this.#readStateUpdate(method, answer);

    // The answer carries no number; its hash is the only proof that it is about the block that was asked for.
    if (update.blockHash !== header.hash) {
      throw nodeAnswerInvalid(
        this.host,
        method,
        'result.block_hash',
        `it is not the hash of block ${block}, ${feltToHex(header.hash)}`,
      );
    }
    if (update.newRoot !== header.newRoot) {
      throw nodeAnswerInvalid(
        this.host,
        method,
        'result.new_root',
        `it is not the root of block ${block}, ${feltToHex(header.newRoot)}`,
      );
    }
    return update;
  }

  async blockMessages(block: number): Promise<BlockMessages> {
    const method = 'starknet_getBlockWithReceipts';
    let answer: unknown;
    try {
      answer = await this.#finalBlock(method, block);
    } catch (error) {
      if (rpcCodeOf(error) !== RPC_CODE.methodNotFound) throw error;
      this.#sayOnceThatMessagesAreAssumed();
      return { toL1: [], toL2: [], assumed: true };
    }
    const { block: answered, ...messages } = readMessages(this.host, method, answer);
    this.#mustBeOfBlock(method, block, answered);
    return messages;
  }

  async nonces(block: number, addresses: readonly bigint[]): Promise<bigint[]> {
    const method = 'starknet_getNonce';
    const outcomes = await this.#each(
      method,
      block,
      addresses.map((address) => ({ contract_address: feltToHex(address) })),
    );
    return outcomes.map((outcome, index) => this.#felt(method, block, outcome, `result of call ${index}`));
  }

  async storage(block: number, slots: readonly StorageSlot[]): Promise<bigint[]> {
    const method = 'starknet_getStorageAt';
    const params = slots.map(({ address, key }) => ({ contract_address: feltToHex(address), key: feltToHex(key) }));
    const outcomes = await this.#each(method, block, params);
    return outcomes.map((outcome, index) =>
      isAbsentContract(outcome) ? 0n : this.#felt(method, block, outcome, `result of call ${index}`),
    );
  }

  async classHashes(block: number, addresses: readonly bigint[]): Promise<(bigint | undefined)[]> {
    const method = 'starknet_getClassHashAt';
    const outcomes = await this.#each(
      method,
      block,
      addresses.map((address) => ({ contract_address: feltToHex(address) })),
    );
    return outcomes.map((outcome, index) =>
      isAbsentContract(outcome) ? undefined : this.#felt(method, block, outcome, `result of call ${index}`),
    );
  }

  async #finalBlock(method: string, block: number): Promise<unknown> {
    const answer = await this.#ofBlock(method, block);
    if (isNotFinal(answer)) throw blockNotFound(this.host, block, 'is not final yet');
    return answer;
  }

  async #ofBlock(method: string, block: number): Promise<unknown> {
    try {
      return await this.#client.call(method, { block_id: { block_number: block } });
    } catch (error) {
      throw this.#withBlock(error, block);
    }
  }

  #each(method: string, block: number, params: readonly RpcParams[]): Promise<CallOutcome[]> {
    return this.#client.callEach(
      method,
      params.map((each) => ({ block_id: { block_number: block }, ...each })),
    );
  }

  #felt(method: string, block: number, outcome: CallOutcome, where: string): bigint {
    if (!outcome.ok) throw this.#withBlock(outcome.error, block);
    return readAnswer(this.host, method, feltAnswer, outcome.result, where);
  }

  #withBlock(error: unknown, block: number): unknown {
    return rpcCodeOf(error) === RPC_CODE.blockNotFound ? blockNotFound(this.host, block, 'is not there') : error;
  }

  #readStateUpdate(method: string, answer: unknown): StateUpdate {
    try {
      return parseStateUpdate(answer);
    } catch (error) {
      if (!(error instanceof OrchestratorError)) throw error;
      throw nodeAnswerInvalid(this.host, method, 'result', error.message, error);
    }
  }

  #mustBeOfBlock(method: string, asked: number, answered: number): void {
    if (asked !== answered)
      throw nodeAnswerInvalid(this.host, method, 'result.block_number', `it is ${answered} instead of ${asked}`);
  }

  #sayOnceThatMessagesAreAssumed(): void {
    if (this.#saidThatMessagesAreAssumed) return;
    this.#saidThatMessagesAreAssumed = true;
    this.#log.warn(
      { host: this.host },
      'the Starknet node has no starknet_getBlockWithReceipts: blocks are taken to have no messages',
    );
  }
}

function isAbsentContract(outcome: CallOutcome): boolean {
  return !outcome.ok && rpcCodeOf(outcome.error) === RPC_CODE.contractNotFound;
}
