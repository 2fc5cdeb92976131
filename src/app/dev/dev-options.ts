/** How blocks are grouped; as the settings of `run`. */
export interface RangeOptions {
  readonly maxBatchSize: number;
  readonly maxBatchTimeSeconds: number;
  readonly maxNumBlobs: number;
  readonly blobSizeBuffer: number;
  readonly daEncoding: 'old' | 'new' | 'stateless' | 'stateful' | undefined;
}

/** What `orchestrator dev` is asked to do. */
export interface DevOptions extends RangeOptions {
  /** Folder of a recorded chain; undefined: a generated one. */
  readonly recorded: string | undefined;
  readonly seed: number;
  /** Blocks to settle; undefined: all of a recorded chain, 5 of a generated one. */
  readonly blocks: number | undefined;
  /** Orchestrator processes. */
  readonly instances: number;
  /** Undefined: a new temporary directory, removed at the end. */
  readonly dataDir: string | undefined;
  /** JSON file for the closing summary. */
  readonly summary: string | undefined;
  /** Leave Anvil and the chain server up until stopped. */
  readonly keep: boolean;
}
