import { setTimeout as wait } from 'node:timers/promises';
import type { Job, JobType } from '../../src/jobs/job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome } from '../../src/jobs/job-handler.ts';

/**
 * The four stages as waits: SNOS, proving and DA 20 ms each, settlement 5 ms. Proving is verified twice, each check due
 * after 100 ms, the first says "pending". Every stage stores 500 bytes in its document.
 */
export class Workload {
  readonly #payload = 'x'.repeat(500);
  readonly #polls = new Set<string>();
  /** Handler starts and ends, milliseconds of `performance.now()`, by type and block. */
  readonly started = new Map<string, number>();
  readonly ended = new Map<string, number>();
  readonly settled: number[] = [];

  readonly handlers: Readonly<Record<'SnosRun' | 'ProofCreation' | 'DataSubmission' | 'StateTransition', JobHandler>> =
    {
      SnosRun: this.#handler(20, (job) => ({ ...job.metadata.specific, snos_fact: FACT })),
      ProofCreation: this.#proving(),
      DataSubmission: this.#handler(20, (job) => ({ ...job.metadata.specific, blob_sha256: HASH })),
      StateTransition: this.#handler(5, (job) => {
        this.settled.push(job.internal_id);
        return job.metadata.specific;
      }),
    };

  #handler(ms: number, specific: (job: Job) => object): JobHandler {
    return {
      process: async (job) => {
        this.started.set(key(job.job_type, job.internal_id), performance.now());
        await wait(ms);
        this.ended.set(key(job.job_type, job.internal_id), performance.now());
        return { kind: 'completed', externalId: this.#payload, specific: specific(job) } as ProcessOutcome;
      },
      verify: () => Promise.reject(new Error('nothing to verify')),
    };
  }

  #proving(): JobHandler {
    return {
      process: async (job) => {
        this.started.set(key(job.job_type, job.internal_id), performance.now());
        await wait(20);
        return { kind: 'submitted', externalId: this.#payload, specific: job.metadata.specific, verifyAfterMs: 100 };
      },
      verify: (job): Promise<VerifyOutcome> => {
        if (!this.#polls.has(job.id)) {
          this.#polls.add(job.id);
          return Promise.resolve({ kind: 'pending', retryAfterMs: 100, waitingFor: 'the prover' });
        }
        this.ended.set(key(job.job_type, job.internal_id), performance.now());
        return Promise.resolve({ kind: 'verified' });
      },
    };
  }
}

export function key(type: JobType, block: number): string {
  return `${type}:${block}`;
}

const FACT = `0x${'1'.repeat(64)}`;
const HASH = '2'.repeat(64);
