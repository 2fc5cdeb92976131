import { integer, oneOf } from '../kinds.ts';
import { accepted, defaulted, optional } from '../setting.ts';

const COUNT = integer(0);

/** How blocks are grouped into ranges that are settled together. */
export const rangeSettings = {
  maxBatchSize: defaulted(integer(1, 10_000), '1', {
    flag: 'max-batch-size',
    env: 'MAX_BATCH_SIZE',
    description: 'Most blocks that are run, proven and settled as one range.',
  }),
  maxBatchTimeSeconds: defaulted(integer(0, 604_800), '60', {
    flag: 'max-batch-time-seconds',
    env: 'MAX_BATCH_TIME_SECONDS',
    description: 'Age of its first block at which a range is closed though it could hold more.',
  }),
  maxNumBlobs: defaulted(integer(1, 48), '6', {
    flag: 'max-num-blobs',
    env: 'MAX_NUM_BLOBS',
    description: 'Most blobs of one state update; what the settlement network takes in a transaction.',
  }),
  blobSizeBuffer: defaulted(integer(0, 196_608), '15', {
    flag: 'blob-size-buffer',
    env: 'BLOB_SIZE_BUFFER',
    description: 'Words of the blobs that a range leaves free.',
  }),
  daEncoding: optional(oneOf('old', 'new', 'stateless', 'stateful'), {
    flag: 'da-encoding',
    env: 'DA_ENCODING',
    description: "How state differences are published, whatever the block's Starknet version says; for tests.",
  }),
} as const;

/** Batching, aggregation and priorities of existing deployments that have no counterpart here. */
export const unusedBatchingSettings = {
  batchingLockSeconds: accepted(COUNT, {
    flag: 'batching-worker-lock-duration',
    env: 'BATCHING_LOCK_DURATION_SECONDS',
    description: 'Batching: lock of the worker.',
  }),
  maxBlocksPerSnosBatch: accepted(COUNT, {
    flag: 'max-blocks-per-snos-batch',
    env: 'MAX_BLOCKS_PER_SNOS_BATCH',
    description: 'Batching: blocks in a SNOS run.',
  }),
  fixedBlocksPerSnosBatch: accepted(COUNT, {
    flag: 'fixed-blocks-per-snos-batch',
    env: 'FIXED_BLOCKS_PER_SNOS_BATCH',
    description: 'Batching: exact number of blocks in a SNOS run.',
  }),
  maxSnosBatchesPerAggregatorBatch: accepted(COUNT, {
    flag: 'max-snos-batches-per-aggregator-batch',
    env: 'MAX_SNOS_BATCHES_PER_AGGREGATOR_BATCH',
    description: 'Aggregation: SNOS runs in a batch.',
  }),
  maxAggregatorInputSize: accepted(COUNT, {
    flag: 'max-aggregator-input-size',
    env: 'MAX_AGGREGATOR_INPUT_SIZE',
    description: 'Aggregation: words of input.',
  }),
  defaultEmptyBlockProvingGas: accepted(COUNT, {
    flag: 'default-empty-block-proving-gas',
    env: 'DEFAULT_EMPTY_BLOCK_PROVING_GAS',
    description: 'Batching: proving gas of a block that reports none.',
  }),
  maxBatchProcessingSize: accepted(COUNT, {
    flag: 'max-batch-processing-size',
    env: 'MAX_BATCH_PROCESSING_SIZE',
    description: 'Batching: blocks looked at in a pass.',
  }),
  maxConcurrentCreatedSnosJobs: accepted(COUNT, {
    flag: 'max-concurrent-created-snos-jobs',
    env: 'MAX_CONCURRENT_CREATED_SNOS_JOBS',
    description: '--snos-job-buffer-size bounds the blocks on their way.',
  }),
  maxConcurrentAggregatorJobs: accepted(COUNT, {
    flag: 'max-concurrent-aggregator-jobs',
    env: 'MAX_CONCURRENT_AGGREGATOR_JOBS',
    description: 'Aggregation: jobs at a time.',
  }),
  aggregatorJobTimeoutSeconds: accepted(COUNT, {
    flag: 'aggregator-job-timeout-seconds',
    env: 'AGGREGATOR_JOB_TIMEOUT_SECONDS',
    description: 'Aggregation: time-out of a job.',
  }),
  aggregatorJobBufferSize: accepted(COUNT, {
    flag: 'aggregator-job-buffer-size',
    env: 'AGGREGATOR_JOB_BUFFER_SIZE',
    description: 'Aggregation: jobs on their way.',
  }),
  maxPriorityQueueSize: accepted(COUNT, {
    flag: 'max-priority-queue-size',
    env: 'MAX_PRIORITY_QUEUE_SIZE',
    description: 'Messages in the priority queue.',
  }),
} as const;
