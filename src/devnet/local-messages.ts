import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeAbiParameters,
  type Hex,
  http,
  keccak256,
  numberToHex,
  parseAbi,
  toHex,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { toBytes32 } from '../starknet/felt.ts';
import type { MessageToL2 } from '../starknet/starknet-node.ts';
import type { DevAccount } from './anvil-accounts.ts';

const abi = parseAbi([
  'function sendMessageToL2(uint256 toAddress, uint256 selector, uint256[] payload) payable returns (bytes32, uint256)',
  'function l1ToL2Messages(bytes32 messageHash) view returns (uint256)',
]);

/** Sends the messages as an L1 contract's user would; the core contract gives them the nonces 0, 1, 2... in this order. */
export async function sendMessages(
  rpcUrl: string,
  core: Hex,
  sender: DevAccount,
  messages: readonly MessageToL2[],
): Promise<void> {
  const transport = http(rpcUrl, { timeout: 120_000 });
  const wallet = createWalletClient({ account: privateKeyToAccount(sender.privateKey), transport });
  const chain = createPublicClient({ transport, pollingInterval: 100 });
  const first = await chain.getTransactionCount({ address: sender.address });
  const hashes: Hex[] = [];
  for (const [index, { to, selector, payload }] of messages.entries()) {
    const call = { address: core, abi, functionName: 'sendMessageToL2', args: [to, selector, payload] } as const;
    // The gas is given: an estimate would be made at a state without the messages before.
    const gas = 200_000n + 10_000n * BigInt(payload.length);
    hashes.push(await wallet.writeContract({ ...call, value: 1n, chain: null, nonce: first + index, gas }));
  }
  for (const hash of hashes) {
    const { status } = await chain.waitForTransactionReceipt({ hash, timeout: 60_000 });
    if (status !== 'success') throw new OrchestratorError('PROCESS_FAILED', `sendMessageToL2 was reverted in ${hash}`);
  }
}

/**
 * Puts messages into the local core contract as if their L1 senders had sent them: a recorded chain consumes messages of
 * accounts that nobody here has the keys of. Only an Anvil node can do this.
 */
export async function plantMessages(rpcUrl: string, core: Hex, messages: readonly MessageToL2[]): Promise<void> {
  if (messages.length === 0) return;
  const transport = http(rpcUrl, { timeout: 120_000 });
  const chain = createPublicClient({ transport });
  const anvil = createTestClient({ mode: 'anvil', transport });
  const hashes = messages.map(messageHash);
  const slot = await mappingSlot();
  for (const hash of hashes) await anvil.setStorageAt({ address: core, index: entry(hash, slot), value: FEE_PLUS_ONE });

  /** The compiler decides which slot the mapping has: the one whose entry the contract's own view then shows. */
  async function mappingSlot(): Promise<bigint> {
    const probe = keccak256(toHex('probe of the message mapping'));
    for (let candidate = 0n; candidate < 32n; candidate++) {
      const index = entry(probe, candidate);
      await anvil.setStorageAt({ address: core, index, value: FEE_PLUS_ONE });
      const shown = await chain.readContract({ address: core, abi, functionName: 'l1ToL2Messages', args: [probe] });
      await anvil.setStorageAt({ address: core, index, value: numberToHex(0, { size: 32 }) });
      if (shown > 0n) return candidate;
    }
    throw new OrchestratorError('PROCESS_FAILED', 'the local core contract keeps its messages in an unknown place');
  }
}

const FEE_PLUS_ONE = numberToHex(1, { size: 32 });

function entry(hash: Hex, slot: bigint): Hex {
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [hash, slot]));
}

/** keccak256 of the packed words, as the core contract computes it. */
function messageHash({ from, to, nonce, selector, payload }: MessageToL2): Hex {
  const words = [from, to, nonce, selector, BigInt(payload.length), ...payload];
  return keccak256(Buffer.concat(words.map(toBytes32)));
}
