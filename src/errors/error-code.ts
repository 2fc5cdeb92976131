/** Every code an {@link OrchestratorError} can carry. Codes are stable: scripts may match on them. */
export type ErrorCode =
  // input and configuration
  | 'CONFIG_INVALID'
  | 'USAGE'
  | 'IDENTITY_MISMATCH'
  | 'SCHEMA_UNSUPPORTED'
  // job engine
  | 'LEASE_LOST'
  | 'JOB_NOT_FOUND'
  | 'JOB_STATE'
  | 'HANDLER_TIMEOUT'
  // storage, database, queue
  | 'OBJECT_NOT_FOUND'
  | 'OBJECT_CORRUPT'
  | 'STORAGE_UNAVAILABLE'
  | 'DATABASE_UNAVAILABLE'
  | 'DATABASE_CORRUPT'
  | 'QUEUE_UNAVAILABLE'
  // Starknet data
  | 'FELT_INVALID'
  | 'STATE_UPDATE_INVALID'
  | 'WORDS_INVALID'
  | 'BLOB_INVALID'
  | 'BLOB_LIMIT_EXCEEDED'
  | 'OUTPUT_INVALID'
  | 'OUTPUT_MISMATCH'
  | 'PIE_INVALID'
  | 'VERSION_UNSUPPORTED'
  // Starknet node
  | 'NODE_UNREACHABLE'
  | 'NODE_RATE_LIMITED'
  | 'NODE_ANSWER_INVALID'
  | 'NODE_ERROR'
  | 'BLOCK_NOT_FOUND'
  | 'CHAIN_BROKEN'
  | 'RECORDING_INVALID'
  // proving
  | 'PROVER_FAILED'
  | 'PROVER_UNAVAILABLE'
  | 'FACT_REGISTRY'
  // settlement
  | 'SETTLEMENT_UNREACHABLE'
  | 'SETTLEMENT_RATE_LIMITED'
  | 'SETTLEMENT_ANSWER_INVALID'
  | 'SETTLEMENT_REVERTED'
  | 'SETTLEMENT_CONFLICT'
  | 'SETTLEMENT_FEE_CAP'
  | 'SETTLEMENT_BALANCE'
  | 'SETTLEMENT_NONCE'
  // local development
  | 'PROCESS_FAILED';
