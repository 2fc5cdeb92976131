import type { Job, JobType, Phase } from '../../src/jobs/job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from '../../src/jobs/job-handler.ts';
import { queueFor } from '../../src/queues/job-queues.ts';
import type { FakeContract } from './fake-contract.ts';

export const STAGES = ['SnosRun', 'ProofCreation', 'DataSubmission', 'StateTransition'] as const;

export interface Call {
  readonly instance: string;
  readonly type: JobType;
  readonly phase: Phase;
  readonly block: number;
}

/** Does a call's work in place of the default; undefined leaves it to the default. May throw. */
export type Script = (call: Call, work: WorkContext, job: Job) => Promise<ProcessOutcome | VerifyOutcome | undefined>;

const POLL_MS = 100;

/**
 * Handlers of the four stages over a {@link FakeContract}: each works for `workMs`, proving and settlement are verified.
 * Remembers every call and how many ran at once, by instance and queue.
 */
export class Stages {
  readonly calls: Call[] = [];
  readonly #contract: FakeContract;
  readonly #workMs: number;
  readonly #script: Script | undefined;
  readonly #running = new Map<string, number>();
  readonly #most = new Map<string, number>();

  constructor(contract: FakeContract, options: { readonly workMs?: number; readonly script?: Script } = {}) {
    this.#contract = contract;
    this.#workMs = options.workMs ?? 20;
    this.#script = options.script;
  }

  handlers(instance: string): Record<(typeof STAGES)[number], JobHandler> {
    const handler: JobHandler = {
      process: (job, work) => this.#call(instance, 'process', job, work) as Promise<ProcessOutcome>,
      verify: (job, work) => this.#call(instance, 'verify', job, work) as Promise<VerifyOutcome>,
    };
    return { SnosRun: handler, ProofCreation: handler, DataSubmission: handler, StateTransition: handler };
  }

  count(of: Partial<Call>): number {
    return this.calls.filter((call) => (Object.keys(of) as (keyof Call)[]).every((key) => call[key] === of[key]))
      .length;
  }

  /** Most handlers that ran at once for a queue of an instance. */
  most(instance: string, type: JobType, phase: Phase): number {
    return this.#most.get(`${instance} ${queueFor(type, phase)}`) ?? 0;
  }

  async #call(instance: string, phase: Phase, job: Job, work: WorkContext): Promise<ProcessOutcome | VerifyOutcome> {
    const call: Call = { instance, type: job.job_type, phase, block: job.internal_id };
    this.calls.push(call);
    const key = `${instance} ${queueFor(job.job_type, phase)}`;
    const running = (this.#running.get(key) ?? 0) + 1;
    this.#running.set(key, running);
    this.#most.set(key, Math.max(running, this.#most.get(key) ?? 0));
    try {
      const scripted = await this.#script?.(call, work, job);
      if (scripted !== undefined) return scripted;
      if (this.#workMs > 0) await work.clock.sleep(this.#workMs, work.signal);
      return phase === 'process' ? this.#process(job) : this.#verify(job);
    } finally {
      this.#running.set(key, (this.#running.get(key) ?? 0) - 1);
    }
  }

  #process(job: Job): ProcessOutcome {
    const block = job.internal_id;
    switch (job.job_type) {
      case 'ProofCreation':
        return {
          kind: 'submitted',
          externalId: `query-${block}`,
          specific: job.metadata.specific,
          verifyAfterMs: POLL_MS,
        };
      case 'StateTransition':
        if (this.#contract.settled < block - 1)
          return { kind: 'deferred', retryAfterMs: POLL_MS, waitingFor: `block ${block - 1}` };
        this.#contract.submit(block, job.id);
        return { kind: 'submitted', externalId: job.id, specific: job.metadata.specific, verifyAfterMs: POLL_MS };
      default:
        return completed(job);
    }
  }

  #verify(job: Job): VerifyOutcome {
    const { specific } = job.metadata;
    if (specific.type !== 'StateUpdate') return { kind: 'verified' };
    const block = job.internal_id;
    if (this.#contract.settled >= block)
      return { kind: 'verified', specific: { ...specific, included_at_block: block } };
    // As after a reorg: the stored transaction goes out again when its turn comes.
    if (this.#contract.settled === block - 1) this.#contract.submit(block, job.external_id);
    return {
      kind: 'pending',
      retryAfterMs: POLL_MS,
      waitingFor: 'the settlement layer',
      specific: { ...specific, included_at_block: null },
    };
  }
}

/** The result of a stage that is done once it is processed. */
export function completed(job: Job): ProcessOutcome {
  const { specific } = job.metadata;
  if (specific.type === 'Snos') {
    const done = { ...specific, snos_fact: `0x${job.internal_id.toString(16).padStart(64, '0')}` };
    return { kind: 'completed', externalId: `run-${job.internal_id}`, specific: done };
  }
  if (specific.type === 'Da') {
    return { kind: 'completed', externalId: 'blobs', specific: { ...specific, blob_sha256: '2'.repeat(64) } };
  }
  return { kind: 'completed', externalId: 'done', specific };
}
