import {
  type ContractFunctionArgs,
  type ContractFunctionName,
  decodeAbiParameters,
  decodeFunctionResult,
  encodeFunctionData,
  type Hex,
  parseAbiParameters,
  toEventSelector,
} from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { SettledState, SettlementParameters } from '../settlement.ts';
import { coreContractAbi } from './core-contract-abi.ts';
import type { BlockHash, BlockTag, EthereumBlock, EthereumClient } from './ethereum-client.ts';
import { revertReason } from './revert-reason.ts';
import { EthereumRpcError } from './rpc-error.ts';

type ViewName = ContractFunctionName<typeof coreContractAbi, 'view'>;
type Answer<N extends ViewName> = ReturnType<typeof decodeFunctionResult<typeof coreContractAbi, N>>;

const LOG_STATE_UPDATE = toEventSelector('LogStateUpdate(uint256,int256,uint256)');
const LOG_STATE_UPDATE_DATA = parseAbiParameters('uint256 globalRoot, int256 blockNumber, uint256 blockHash');

/** Blocks asked for in one `eth_getLogs`; halved when a node refuses. */
const LOG_PAGE_BLOCKS = 5_000;

/** Reads of StarkWare's core contract. A contract without a method answers `undefined` where the name says "known". */
export class CoreContract {
  readonly address: Hex;
  readonly #client: EthereumClient;

  constructor(client: EthereumClient, address: Hex) {
    this.#client = client;
    this.address = address;
  }

  /** Position, root and hash as of one block; undefined when the contract did not exist there yet. */
  async stateAt(block: EthereumBlock, signal?: AbortSignal): Promise<SettledState | undefined> {
    const at = { blockHash: block.hash };
    const [number, root, blockHash] = await Promise.all([
      this.#known('stateBlockNumber', [], at, signal),
      this.#known('stateRoot', [], at, signal),
      this.#known('stateBlockHash', [], at, signal),
    ]);
    if (number === undefined || root === undefined || blockHash === undefined) return undefined;
    return { blockNumber: Number(number), root, blockHash };
  }

  /** Fails with SETTLEMENT_ANSWER_INVALID where there is no core contract at the address. */
  async parameters(signal?: AbortSignal): Promise<SettlementParameters> {
    const [programHash, aggregatorProgramHash, configHash] = await Promise.all([
      this.#known('programHash', [], 'latest', signal),
      this.#known('aggregatorProgramHash', [], 'latest', signal),
      this.#known('configHash', [], 'latest', signal),
    ]);
    if (programHash === undefined || configHash === undefined) throw this.notAContract();
    return { programHash, aggregatorProgramHash: aggregatorProgramHash ?? 0n, configHash };
  }

  /** Whether the account may settle; `unknown` when the contract has no such list. */
  async isOperator(account: Hex, signal?: AbortSignal): Promise<boolean | 'unknown'> {
    return (await this.#known('isOperator', [account], 'latest', signal)) ?? 'unknown';
  }

  /** Why the contract takes no updates from anybody; undefined when nothing speaks against them. */
  async closedBecause(signal?: AbortSignal): Promise<'frozen' | undefined> {
    return (await this.#known('isFrozen', [], 'latest', signal)) === true ? 'frozen' : undefined;
  }

  /** The state that LogStateUpdate announced for the block, looked for backwards from `head` over at most `lookBack` blocks. */
  async loggedUpdate(
    block: number,
    head: number,
    lookBack: number,
    signal?: AbortSignal,
  ): Promise<SettledState | undefined> {
    const oldest = Math.max(0, head - lookBack);
    let page = LOG_PAGE_BLOCKS;
    for (let to = head; to >= oldest; ) {
      const from = Math.max(oldest, to - page + 1);
      let logs: SettledState[];
      try {
        logs = await this.#updates(from, to, signal);
      } catch (error) {
        // Providers cap the span of a query, each at another number and with another text.
        if (!(error instanceof EthereumRpcError) || error.isMethodMissing || page === 1) throw error;
        page = Math.max(1, Math.floor(page / 4));
        continue;
      }
      const found = logs.find((log) => log.blockNumber === block);
      if (found !== undefined) return found;
      // Positions only grow along a chain: below the block there is nothing more to find.
      if (logs.some((log) => log.blockNumber < block)) return undefined;
      to = from - 1;
    }
    return undefined;
  }

  notAContract(): OrchestratorError {
    return new OrchestratorError('SETTLEMENT_ANSWER_INVALID', `there is no Starknet core contract at ${this.address}`, {
      context: { address: this.address },
      hint: 'Check the core contract address and that the RPC URL belongs to the right chain.',
    });
  }

  async #updates(fromBlock: number, toBlock: number, signal: AbortSignal | undefined): Promise<SettledState[]> {
    const logs = await this.#client.logs(
      { address: this.address, fromBlock, toBlock, topic0: LOG_STATE_UPDATE },
      signal,
    );
    return logs.toReversed().map(({ data }) => {
      const [root, blockNumber, blockHash] = decodeAbiParameters(LOG_STATE_UPDATE_DATA, data);
      return { blockNumber: Number(blockNumber), root, blockHash };
    });
  }

  /** Answer of a view; undefined when nothing at the address knows it (no code, or a revert without such a method). */
  async #known<N extends ViewName>(
    functionName: N,
    args: ContractFunctionArgs<typeof coreContractAbi, 'view', N>,
    at: BlockTag | BlockHash,
    signal: AbortSignal | undefined,
  ): Promise<Answer<N> | undefined> {
    let data: Hex;
    try {
      const call = { abi: coreContractAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0];
      data = await this.#client.call({ to: this.address, data: encodeFunctionData(call) }, at, signal);
    } catch (error) {
      if (revertReason(error) !== undefined) return undefined;
      throw error;
    }
    if (data === '0x') return undefined;
    try {
      return decodeFunctionResult({ abi: coreContractAbi, functionName, data } as Parameters<
        typeof decodeFunctionResult
      >[0]) as Answer<N>;
    } catch (cause) {
      throw new OrchestratorError(
        'SETTLEMENT_ANSWER_INVALID',
        `${this.address} answered ${functionName} with ${data.length / 2 - 1} bytes that cannot be read`,
        {
          cause,
          context: { address: this.address, method: functionName },
        },
      );
    }
  }
}
