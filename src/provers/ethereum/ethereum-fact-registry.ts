import { decodeFunctionResult, encodeFunctionData, type Hex, isAddress, parseAbi } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { EthereumClient } from '../../settlement/ethereum/ethereum-client.ts';
import { revertReason } from '../../settlement/ethereum/revert-reason.ts';
import type { FactRegistry } from '../fact-registry.ts';

const abi = parseAbi(['function isValid(bytes32 fact) view returns (bool)']);

export interface EthereumFactRegistryOptions {
  readonly client: EthereumClient;
  /** Of the registry that the core contract was set up with. */
  readonly address: string;
  /** Depth at which a fact counts; 1 = in the newest block. */
  readonly confirmations: number;
}

/** {@link FactRegistry} on Ethereum. */
export class EthereumFactRegistry implements FactRegistry {
  readonly address: Hex;
  readonly #client: EthereumClient;
  readonly #confirmations: number;

  constructor({ client, address, confirmations }: EthereumFactRegistryOptions) {
    if (!isAddress(address, { strict: false }))
      throw new OrchestratorError('CONFIG_INVALID', `the fact registry address is not an Ethereum address: ${address}`);
    this.address = address.toLowerCase() as Hex;
    this.#client = client;
    this.#confirmations = confirmations;
  }

  async isValid(fact: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#confirmations <= 1) return await this.isIncluded(fact, signal);
    const head = await this.#client.block('latest', signal);
    const depth = Math.max(0, (head?.number ?? 0) - (this.#confirmations - 1));
    return (await this.#read(fact, depth, signal)) ?? false;
  }

  /** Whether the newest block has it. Fails with FACT_REGISTRY where there is no registry at the address. */
  async isIncluded(fact: string, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#read(fact, 'latest', signal);
    if (answer !== undefined) return answer;
    throw new OrchestratorError('FACT_REGISTRY', `there is no fact registry at ${this.address}`, {
      context: { address: this.address },
      hint: 'Check the fact registry address and that the RPC URL belongs to the right chain.',
    });
  }

  async #read(fact: string, at: number | 'latest', signal: AbortSignal | undefined): Promise<boolean | undefined> {
    let data: Hex;
    try {
      data = await this.#client.call(
        { to: this.address, data: encodeFunctionData({ abi, functionName: 'isValid', args: [factBytes(fact)] }) },
        at,
        signal,
      );
    } catch (error) {
      if (revertReason(error) !== undefined) return undefined;
      throw error;
    }
    return data === '0x' ? undefined : decodeFunctionResult({ abi, functionName: 'isValid', data });
  }
}

/** Fails with FACT_REGISTRY where it is no 32 bytes of hex. */
export function factBytes(fact: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(fact)) return fact as Hex;
  throw new OrchestratorError('FACT_REGISTRY', `a fact has 32 bytes of hex, not ${fact}`);
}
