import { type Address, createPublicClient, createWalletClient, type Hash, type Hex, http, isHex, size } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { type ContractName, contractArtifact } from './contract-artifact.ts';

export interface Deployment {
  readonly address: Address;
  /** Ethereum block of the deployment: where a search for the contract's events begins. */
  readonly blockNumber: bigint;
  readonly transactionHash: Hash;
}

/** What the core contract starts with, and what it settles with for ever. */
export interface CoreInit {
  /** Hash of the Starknet OS program; not 0. */
  readonly programHash: bigint;
  readonly aggregatorProgramHash: bigint;
  /** Contract with `isValid(bytes32)`. */
  readonly factRegistry: Address;
  readonly configHash: bigint;
  /** State before the first block to settle. Of a chain that starts at block 0: root 0, block -1, hash 0. */
  readonly stateRoot: bigint;
  readonly blockNumber: number;
  readonly blockHash: bigint;
}

/** Deploys the registry that believes everybody; only for chains that hold nothing of value. */
export function deployFactRegistry(rpcUrl: string, privateKey: Hex): Promise<Deployment> {
  return deploy(rpcUrl, privateKey, 'FactRegistry', []);
}

/** Deploys our core contract. The account of `privateKey` governs it and is its first operator. */
export function deployCore(rpcUrl: string, privateKey: Hex, init: CoreInit): Promise<Deployment> {
  return deploy(rpcUrl, privateKey, 'StarknetCore', [
    init.programHash,
    init.aggregatorProgramHash,
    init.factRegistry,
    init.configHash,
    init.stateRoot,
    BigInt(init.blockNumber),
    init.blockHash,
  ]);
}

async function deploy(
  rpcUrl: string,
  privateKey: Hex,
  name: ContractName,
  args: readonly unknown[],
): Promise<Deployment> {
  if (!isHex(privateKey) || size(privateKey) !== 32) {
    throw new OrchestratorError('CONFIG_INVALID', `the key that deploys ${name} is not 32 bytes of hex`);
  }
  const { abi, bytecode } = await contractArtifact(name);
  // The URL may carry a key, and viem's errors repeat it: ours name the host alone and have no cause.
  const context = { contract: name, host: new URL(rpcUrl).host };
  const transport = http(rpcUrl, { timeout: 120_000 });
  const wallet = createWalletClient({ account: privateKeyToAccount(privateKey), transport });
  const chain = createPublicClient({ transport, pollingInterval: 100 });
  try {
    const hash = await wallet.deployContract({ abi, bytecode, args, chain: null });
    const receipt = await chain.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (receipt.status !== 'success' || !receipt.contractAddress) throw new Error(`transaction ${hash} reverted`);
    return { address: receipt.contractAddress, blockNumber: receipt.blockNumber, transactionHash: hash };
  } catch (error) {
    const reason = error instanceof Error && 'shortMessage' in error ? String(error.shortMessage) : String(error);
    throw new OrchestratorError('PROCESS_FAILED', `cannot deploy ${name}: ${reason.split('\n')[0] ?? reason}`, {
      context,
    });
  }
}
