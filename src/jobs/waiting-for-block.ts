import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { ProcessOutcome } from './job-handler.ts';

/** Milliseconds until the node is asked for the block again. */
const RETRY_MS = 5_000;

/**
 * The work's outcome, or a wait when the Starknet node does not have a block of it. The block was there when the job was
 * planned: another node behind the same address has not caught up yet, and the job is not to blame.
 */
export async function waitingForBlock(work: Promise<ProcessOutcome>): Promise<ProcessOutcome> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OrchestratorError) || error.code !== 'BLOCK_NOT_FOUND') throw error;
    const waitingFor = `the Starknet node to catch up: ${error.message}`;
    return { kind: 'deferred', retryAfterMs: RETRY_MS, waitingFor, brief: true };
  }
}
