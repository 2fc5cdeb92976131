import { DasContextJs } from '@crate-crypto/node-eth-kzg';
import {
  type Address,
  BaseError,
  createPublicClient,
  createWalletClient,
  decodeErrorResult,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  type Hex,
  http,
  isHex,
  type Kzg,
  keccak256,
  parseAbi,
  parseGwei,
  type TransactionReceipt,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ANVIL_ACCOUNTS, type Anvil } from '../../src/devnet/anvil.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import type { Scenario } from './scenario.ts';

/** As the contracts of public networks declare it; the compiled artifact is not asked. */
export const CORE_ABI = parseAbi([
  'function updateStateKzgDA(uint256[] programOutput, bytes[] kzgProofs)',
  'function stateRoot() view returns (uint256)',
  'function stateBlockNumber() view returns (int256)',
  'function stateBlockHash() view returns (uint256)',
  'function programHash() view returns (uint256)',
  'function aggregatorProgramHash() view returns (uint256)',
  'function configHash() view returns (uint256)',
  'function isOperator(address user) view returns (bool)',
  'function starknetIsGovernor(address user) view returns (bool)',
  'function registerOperator(address newOperator)',
  'function unregisterOperator(address removedOperator)',
  'function identify() pure returns (string)',
  'function l1ToL2Messages(bytes32 msgHash) view returns (uint256)',
  'function l1ToL2MessageNonce() view returns (uint256)',
  'function l2ToL1Messages(bytes32 msgHash) view returns (uint256)',
  'function getMaxL1MsgFee() pure returns (uint256)',
  'function sendMessageToL2(uint256 toAddress, uint256 selector, uint256[] payload) payable returns (bytes32, uint256)',
  'function consumeMessageFromL2(uint256 fromAddress, uint256[] payload) returns (bytes32)',
  'event LogStateTransitionFact(bytes32 stateTransitionFact)',
  'event LogStateUpdate(uint256 globalRoot, int256 blockNumber, uint256 blockHash)',
  'event LogMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload)',
  'event ConsumedMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload)',
  'event LogMessageToL2(address indexed fromAddress, uint256 indexed toAddress, uint256 indexed selector, uint256[] payload, uint256 nonce, uint256 fee)',
  'event ConsumedMessageToL2(address indexed fromAddress, uint256 indexed toAddress, uint256 indexed selector, uint256[] payload, uint256 nonce)',
  'event LogOperatorAdded(address operator)',
  'event LogOperatorRemoved(address operator)',
]);

export const REGISTRY_ABI = parseAbi([
  'function isValid(bytes32 fact) view returns (bool)',
  'function registerFact(bytes32 fact)',
  'event FactRegistered(bytes32 indexed fact)',
]);

/** An `updateStateKzgDA` call and what travels with it. */
export interface Update {
  readonly output: readonly bigint[];
  readonly proofs: readonly Hex[];
  readonly versionedHashes: readonly Hex[];
}

const context = DasContextJs.create({ usePrecomp: false });
const kzg: Kzg = {
  blobToKzgCommitment: (blob) => context.blobToKzgCommitment(blob),
  computeBlobKzgProof: (blob, commitment) => context.computeBlobKzgProof(blob, commitment),
};

export const stateFact = (output: readonly bigint[]): Hex => keccak256(encodePacked(['uint256[]'], [output]));

export const calldata = ({ output, proofs }: Pick<Update, 'output' | 'proofs'>): Hex =>
  encodeFunctionData({ abi: CORE_ABI, functionName: 'updateStateKzgDA', args: [output, proofs] });

/** Clients of a local chain, with account 0 (operator) and account 1. */
export function localChain(anvil: Anvil) {
  const transport = http(anvil.url, { timeout: 120_000 });
  const chain = createPublicClient({ transport, pollingInterval: 20 });
  const wallets = ANVIL_ACCOUNTS.map(({ privateKey }) =>
    createWalletClient({ account: privateKeyToAccount(privateKey), transport }),
  );
  const [operator, stranger] = wallets;
  if (operator === undefined || stranger === undefined) throw new Error('no accounts');
  return { url: anvil.url, chain, operator, stranger };
}

export type LocalChain = ReturnType<typeof localChain>;

/** A registry and a core contract in the state that the scenario starts from. */
export async function deployScenario(local: LocalChain, init: Scenario['init']): Promise<LocalCore> {
  const key = ANVIL_ACCOUNTS[0].privateKey;
  const registry = await deployFactRegistry(local.url, key);
  const core = await deployCore(local.url, key, { ...init, factRegistry: registry.address });
  return new LocalCore(local, core.address, registry.address, init);
}

export class LocalCore {
  readonly local: LocalChain;
  readonly address: Address;
  readonly registry: Address;
  private readonly init: Scenario['init'];

  constructor(local: LocalChain, address: Address, registry: Address, init: Scenario['init']) {
    this.local = local;
    this.address = address;
    this.registry = registry;
    this.init = init;
  }

  /** The fact that the contract asks for when it gets this output. */
  sharpFact(output: readonly bigint[]): Hex {
    const program = output[6] === 0n ? this.init.programHash : this.init.aggregatorProgramHash;
    return keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'bytes32' }], [program, stateFact(output)]));
  }

  async prove(output: readonly bigint[]): Promise<void> {
    const { chain, operator } = this.local;
    const args = [this.sharpFact(output)] as const;
    const hash = await operator.writeContract({
      address: this.registry,
      abi: REGISTRY_ABI,
      functionName: 'registerFact',
      args,
      chain: null,
    });
    await chain.waitForTransactionReceipt({ hash });
  }

  /** Runs the call without mining it: the revert reason, or undefined when it is accepted. */
  async reasonOf(update: Update, from: Address = this.local.operator.account.address): Promise<string | undefined> {
    // Without blobs it is an ordinary call: a blob call with none is refused before it runs.
    const blobs = update.versionedHashes.length > 0 ? { blobVersionedHashes: update.versionedHashes } : {};
    const call = { from, to: this.address, data: calldata(update), ...blobs };
    try {
      await this.local.chain.request({ method: 'eth_call', params: [call as never, 'latest'] });
      return undefined;
    } catch (error) {
      return revertReason(error);
    }
  }

  /** Mines the update in a blob transaction. */
  async settle(update: Pick<Update, 'output' | 'proofs'>, blobs: readonly Hex[]): Promise<TransactionReceipt> {
    const hash = await this.local.operator.sendTransaction({
      to: this.address,
      data: calldata(update),
      blobs,
      kzg,
      // Given, so that an update that reverts is mined as well.
      gas: 3_000_000n,
      maxFeePerBlobGas: parseGwei('100'),
      chain: null,
    });
    return this.local.chain.waitForTransactionReceipt({ hash });
  }

  async state(): Promise<{ stateRoot: bigint; stateBlockNumber: bigint; stateBlockHash: bigint }> {
    const read = (functionName: 'stateRoot' | 'stateBlockNumber' | 'stateBlockHash'): Promise<bigint> =>
      this.local.chain.readContract({ address: this.address, abi: CORE_ABI, functionName });
    const [stateRoot, stateBlockNumber, stateBlockHash] = await Promise.all([
      read('stateRoot'),
      read('stateBlockNumber'),
      read('stateBlockHash'),
    ]);
    return { stateRoot, stateBlockNumber, stateBlockHash };
  }
}

/** Text of a `require` in whatever viem wrapped around the node's answer; throws when there is none. */
export function revertReason(error: unknown): string {
  let data: unknown;
  const visit = (candidate: unknown): boolean => {
    const found = (candidate as { data?: unknown }).data;
    if (typeof found === 'string' && isHex(found)) data = found;
    return false;
  };
  if (error instanceof BaseError) error.walk(visit);
  else visit(error);
  if (!isHex(data)) throw error;
  const decoded = decodeErrorResult({ abi: parseAbi(['error Error(string)', 'error Panic(uint256)']), data });
  return `${decoded.errorName === 'Panic' ? 'Panic ' : ''}${String(decoded.args[0])}`;
}
