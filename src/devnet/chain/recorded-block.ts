import type { BlockHeader, BlockMessages, StorageSlot } from '../../starknet/starknet-node.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';

/** All that a recorded chain keeps of one block. */
export interface RecordedBlock {
  readonly header: BlockHeader;
  readonly update: StateUpdate;
  /** Undefined when the recorded node could not tell. */
  readonly messages: Omit<BlockMessages, 'assumed'> | undefined;
  readonly before: ValuesBefore;
}

/**
 * State at the end of the block before the recording, of what this block is the first of the recording to touch. Together
 * with the state updates it answers every look-up that the pipeline makes for a block, or a range of blocks, in the recording.
 */
export interface ValuesBefore {
  readonly storage: readonly (StorageSlot & { readonly value: bigint })[];
  readonly nonces: readonly { readonly address: bigint; readonly nonce: bigint }[];
  /** `undefined`: there was no such contract. */
  readonly classes: readonly { readonly address: bigint; readonly classHash: bigint | undefined }[];
}

/** What a recording as a whole says about itself. */
export interface RecordingManifest {
  readonly chainId: bigint;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** False while it is being made. */
  readonly complete: boolean;
}
