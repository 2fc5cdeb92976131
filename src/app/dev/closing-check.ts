import { createPublicClient, type Hex, http, parseAbi } from 'viem';
import type { BlockRange } from '../../jobs/job.ts';
import { feltToHex, toHex32 } from '../../starknet/felt.ts';
import type { LocalChain } from './local-chain.ts';
import type { LocalEthereum } from './local-ethereum.ts';

/** One comparison between what the chain says and what the core contract shows. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly actual: string;
}

const abi = parseAbi([
  'function stateRoot() view returns (uint256)',
  'function stateBlockNumber() view returns (int256)',
  'function stateBlockHash() view returns (uint256)',
  'event LogStateUpdate(uint256 globalRoot, int256 blockNumber, uint256 blockHash)',
  'event LogMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload)',
  'event ConsumedMessageToL2(address indexed fromAddress, uint256 indexed toAddress, uint256 indexed selector, uint256[] payload, uint256 nonce)',
]);

/**
 * Compares the core contract with the chain: state, one state update for each of the settled ranges in order, and every
 * message in both directions. Reads the contract, not our own records.
 */
export async function closingCheck(
  local: LocalChain,
  ethereum: LocalEthereum,
  ranges: readonly BlockRange[],
): Promise<Check[]> {
  const client = createPublicClient({ transport: http(ethereum.anvil.url, { timeout: 120_000 }) });
  const { core, since } = ethereum;
  const read = (functionName: 'stateRoot' | 'stateBlockNumber' | 'stateBlockHash') =>
    client.readContract({ address: core, abi, functionName });
  const events = { address: core, abi, fromBlock: since, strict: true } as const;
  const updates = await client.getContractEvents({ ...events, eventName: 'LogStateUpdate' });
  const toL1 = await client.getContractEvents({ ...events, eventName: 'LogMessageToL1' });
  const toL2 = await client.getContractEvents({ ...events, eventName: 'ConsumedMessageToL2' });

  const { chain, first, last } = local;
  const header = chain.header(last);
  const blocks = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const expectedToL1 = blocks.flatMap((block) => chain.messages(block)?.toL1 ?? []);
  return [
    compare('state root', feltToHex(header.newRoot), feltToHex(await read('stateRoot'))),
    compare('block number', String(last), String(await read('stateBlockNumber'))),
    compare('block hash', feltToHex(header.hash), feltToHex(await read('stateBlockHash'))),
    compare(
      'state updates in order, each once',
      list(ranges.map((range) => range.last)),
      list(updates.map(({ args }) => args.blockNumber)),
    ),
    compare(
      'messages to L1',
      list(expectedToL1.map(({ from, to, payload }) => message([from, to, ...payload]))),
      list(toL1.map(({ args }) => message([args.fromAddress, BigInt(args.toAddress), ...args.payload]))),
    ),
    compare(
      'messages to L2',
      list(
        local.messagesToL2.map(({ from, to, selector, nonce, payload }) =>
          message([from, to, selector, nonce, ...payload]),
        ),
      ),
      list(
        toL2.map(({ args }) =>
          message([BigInt(args.fromAddress as Hex), args.toAddress, args.selector, args.nonce, ...args.payload]),
        ),
      ),
    ),
  ];
}

function compare(name: string, expected: string, actual: string): Check {
  return { name, passed: expected === actual, expected, actual };
}

function message(words: readonly bigint[]): string {
  return words.map(toHex32).join(',');
}

function list(items: readonly (string | number | bigint)[]): string {
  return `[${items.join('; ')}]`;
}
