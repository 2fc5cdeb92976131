import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { threadModule } from '../compute/thread-module.ts';
import { packWords } from '../felt.ts';
import { type HashedProgram, programChain } from './program-chain.ts';
import type { ProgramHashRequest } from './program-hash-worker.ts';

/** A deployment knows an OS and an aggregator program, and for a while those of the next release. */
const REMEMBERED = 16;

/** By SHA-256 of what is hashed; a promise, so that those who ask at the same time share one computation. */
const known = new Map<string, Promise<bigint>>();

/**
 * Hash of a Cairo program. Computed in a thread of its own, and remembered by content.
 *
 * @throws OrchestratorError PIE_INVALID with reason ProgramHashCompute for a program that cannot be hashed,
 *   PROCESS_FAILED when the thread dies
 */
export async function programHash(program: HashedProgram): Promise<bigint> {
  const chain = programChain(program);
  const content = createHash('sha256').update(packWords(chain)).digest('hex');
  const hash = known.get(content) ?? foldInThread(chain);
  known.delete(content);
  known.set(content, hash);
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break;
    known.delete(oldest);
  }
  try {
    return await hash;
  } catch (error) {
    if (known.get(content) === hash) known.delete(content);
    throw error;
  }
}

function foldInThread(chain: ProgramHashRequest): Promise<bigint> {
  const file = threadModule('program-hash-worker', import.meta.url);
  // Node's flags are the main thread's business: some, such as --input-type, would break the worker.
  const worker = new Worker(file, { workerData: chain, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.on('message', (hash: bigint) => resolve(hash));
    worker.on('error', (cause) => reject(threadFailed(cause)));
    worker.on('exit', (code) => reject(threadFailed(new Error(`exit code ${code}`))));
  });
}

function threadFailed(cause: unknown): OrchestratorError {
  return new OrchestratorError('PROCESS_FAILED', 'the thread that hashes programs ended', {
    retry: 'transient',
    cause,
  });
}
