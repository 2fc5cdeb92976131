import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { BlockHeader, BlockMessages } from '../../starknet/starknet-node.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';
import type { RecordedBlock, RecordingManifest } from './recorded-block.ts';
import { RecordedState } from './recorded-state.ts';
import { blockFile, readBlock, readManifest } from './recording-folder.ts';
import { recordingInvalid } from './recording-format.ts';
import type { ServedChain } from './served-chain.ts';

/** State that a core contract must have before the first block of a recording can be settled on it. */
export interface StartingPoint {
  /** Block before the first one; -1 at genesis. */
  readonly blockNumber: number;
  readonly root: bigint;
  readonly blockHash: bigint;
}

/** Stretch of a real chain, read from the folder that `orchestrator record` made. */
export class RecordedChain implements ServedChain {
  readonly #manifest: RecordingManifest;
  readonly #blocks: readonly RecordedBlock[];
  readonly #state: RecordedState;
  readonly #numbers: ReadonlyMap<bigint, number>;

  constructor(manifest: RecordingManifest, blocks: readonly RecordedBlock[]) {
    this.#manifest = manifest;
    this.#blocks = blocks;
    this.#state = new RecordedState(manifest.firstBlock);
    for (const block of blocks) this.#state.add(block);
    this.#numbers = new Map(blocks.map(({ header }) => [header.hash, header.number]));
  }

  chainId(): bigint {
    return this.#manifest.chainId;
  }

  firstBlock(): number {
    return this.#manifest.firstBlock;
  }

  latestBlock(): number {
    return this.#manifest.lastBlock;
  }

  /** Where a core contract has to stand to take the first block. */
  startingPoint(): StartingPoint {
    const { header, update } = this.#block(this.firstBlock());
    return { blockNumber: header.number - 1, root: update.oldRoot, blockHash: header.parentHash };
  }

  header(block: number): BlockHeader {
    return this.#block(block).header;
  }

  stateUpdate(block: number): StateUpdate {
    return this.#block(block).update;
  }

  messages(block: number): Omit<BlockMessages, 'assumed'> | undefined {
    return this.#block(block).messages;
  }

  nonce(block: number, address: bigint): bigint | undefined {
    return this.#state.nonce(block, address);
  }

  storage(block: number, address: bigint, key: bigint): bigint {
    return this.#state.storage(block, address, key);
  }

  classHash(block: number, address: bigint): bigint | undefined {
    return this.#state.classHash(block, address);
  }

  blockByHash(hash: bigint): number | undefined {
    return this.#numbers.get(hash);
  }

  #block(number: number): RecordedBlock {
    const block = this.#blocks[number - this.firstBlock()];
    if (block === undefined) throw new RangeError(`block ${number} is not in the recording`);
    return block;
  }
}

/**
 * Reads a recording and checks that it is whole: every block there, each on top of the one before it.
 *
 * @throws OrchestratorError RECORDING_INVALID naming file and field; STORAGE_UNAVAILABLE when the folder cannot be read
 */
export async function openRecordedChain(folder: string): Promise<RecordedChain> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    throw new OrchestratorError('RECORDING_INVALID', `${folder} holds no recorded chain: recording.json is missing`, {
      context: { folder, file: 'recording.json' },
      hint: 'Make one with: orchestrator record --rpc URL --from A --to B --out DIR',
    });
  }
  if (!manifest.complete) {
    throw new OrchestratorError('RECORDING_INVALID', `The recorded chain in ${folder} is not finished`, {
      context: { folder, file: 'recording.json', field: 'complete' },
      hint: 'Run the same `orchestrator record` command again; it goes on where it stopped.',
    });
  }
  const blocks: RecordedBlock[] = [];
  for (let number = manifest.firstBlock; number <= manifest.lastBlock; number++) {
    const block = await readBlock(folder, number);
    if (block === undefined) throw recordingInvalid(blockFile(number), 'the file', 'it is missing');
    mustFollow(blocks.at(-1), block);
    blocks.push(block);
  }
  return new RecordedChain(manifest, blocks);
}

/** @throws OrchestratorError RECORDING_INVALID when `block` does not stand on `previous` */
function mustFollow(previous: RecordedBlock | undefined, block: RecordedBlock): void {
  if (previous === undefined) return;
  const file = blockFile(block.header.number);
  if (block.header.parentHash !== previous.header.hash) {
    throw recordingInvalid(
      file,
      'header.parent_hash',
      `it is not the hash of the block before, ${feltToHex(previous.header.hash)}`,
    );
  }
  if (block.update.oldRoot !== previous.update.newRoot) {
    throw recordingInvalid(
      file,
      'state_update.old_root',
      `it is not the new root of the block before, ${feltToHex(previous.update.newRoot)}`,
    );
  }
}
