import type { BlockFacts } from './block-facts.ts';
import type { DaSection } from './da-section.ts';
import type { OsOutput } from './os-output.ts';
import type { BlockMessages } from './starknet-node.ts';

/** Hashes that the output repeats and the core contract compares. */
export interface OutputHashes {
  readonly configHash: bigint;
  /** 0 when the OS ran without an aggregator. */
  readonly osProgramHash: bigint;
}

/**
 * The ten-word output that a correct run of the OS over the range has, without running it. Simulated runs are made of it
 * and every runner's output is measured against it.
 */
export function expectedOutput(
  { first, last, update }: Pick<BlockFacts, 'first' | 'last' | 'update'>,
  section: Omit<DaSection, 'blobs'>,
  messages: BlockMessages,
  hashes: OutputHashes,
): OsOutput {
  return {
    initialRoot: update.oldRoot,
    finalRoot: update.newRoot,
    prevBlockNumber: first.number - 1,
    newBlockNumber: last.number,
    prevBlockHash: first.parentHash,
    newBlockHash: last.hash,
    osProgramHash: hashes.osProgramHash,
    configHash: hashes.configHash,
    useKzgDa: true,
    fullOutput: false,
    kzg: { z: section.z, commitments: [...section.commitments], evaluations: [...section.evaluations] },
    messagesToL1: [...messages.toL1],
    messagesToL2: [...messages.toL2],
  };
}
