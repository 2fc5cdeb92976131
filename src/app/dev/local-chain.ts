import { GeneratedChain } from '../../devnet/chain/generated/generated-chain.ts';
import { growingHead } from '../../devnet/chain/generated/growing-head.ts';
import { openRecordedChain, type StartingPoint } from '../../devnet/chain/recorded-chain.ts';
import type { ServedChain } from '../../devnet/chain/served-chain.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { MessageToL2 } from '../../starknet/starknet-node.ts';
import type { DevOptions } from './dev-options.ts';

/** The Starknet chain that `dev` settles. */
export interface LocalChain {
  readonly chain: ServedChain;
  readonly kind: 'generated' | 'recorded';
  readonly start: StartingPoint;
  readonly first: number;
  /** Last block that is to be settled. */
  readonly last: number;
  /** Messages that the blocks consume, in order. */
  readonly messagesToL2: readonly MessageToL2[];
}

const DEFAULT_BLOCKS = 5;

export async function openLocalChain(options: DevOptions): Promise<LocalChain> {
  if (options.recorded !== undefined) return openRecorded(options.recorded, options.blocks);
  const blocks = options.blocks ?? DEFAULT_BLOCKS;
  const chain = new GeneratedChain({
    seed: options.seed,
    head: growingHead({ available: blocks, now: () => Date.now() }),
  });
  const start = { blockNumber: -1, root: 0n, blockHash: 0n };
  return describe(chain, 'generated', start, 0, blocks - 1);
}

async function openRecorded(folder: string, blocks: number | undefined): Promise<LocalChain> {
  const chain = await openRecordedChain(folder);
  const first = chain.firstBlock();
  const available = chain.latestBlock() - first + 1;
  if (blocks !== undefined && blocks > available) {
    throw new OrchestratorError('USAGE', `--blocks ${blocks}: the recording in ${folder} has ${available} blocks`, {
      hint: `Ask for at most ${available}, or leave --blocks out.`,
    });
  }
  return describe(chain, 'recorded', chain.startingPoint(), first, first + (blocks ?? available) - 1);
}

function describe(
  chain: ServedChain,
  kind: LocalChain['kind'],
  start: StartingPoint,
  first: number,
  last: number,
): LocalChain {
  const messagesToL2: MessageToL2[] = [];
  for (let block = first; block <= last; block += 1) messagesToL2.push(...(chain.messages(block)?.toL2 ?? []));
  return { chain, kind, start, first, last, messagesToL2 };
}
