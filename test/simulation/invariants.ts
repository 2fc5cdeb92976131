import { createHash } from 'node:crypto';
import type { Intent, IntentStore } from '../../src/database/intent-store.ts';
import type { CommitOutcome, InsertOutcome, JobChange, JobStore } from '../../src/database/job-store.ts';
import { artifactKeys } from '../../src/jobs/artifact-keys.ts';
import { type Job, type JobStatus, type JobType, rangeOf } from '../../src/jobs/job.ts';
import type { ObjectInfo, ObjectStore } from '../../src/storage/object-store.ts';
import type { Transaction, VirtualBlock } from './ethereum/virtual-ethereum.ts';
import type { Machine } from './machine.ts';
import { overriding } from './overriding.ts';

const FINAL: readonly JobStatus[] = ['Completed', 'Failed', 'VerificationTimeout'];
const NEXT_STAGE: Partial<Record<JobType, JobType>> = { SnosRun: 'ProofCreation', ProofCreation: 'DataSubmission' };

/**
 * What must hold at every step, whatever happens. Stores are watched right where a change takes effect, below all
 * faults, so that an answer that was lost counts as well.
 */
export class Invariants {
  /** What was violated first; undefined while everything holds. */
  violation: string | undefined;
  readonly jobs = new Map<string, Job>();
  readonly intents = new Map<string, Intent>();
  /** Hash of the content, by key. */
  readonly #objects = new Map<string, string>();
  readonly #positionAtDepth: () => number;
  /** Highest block that the contract ever stood at, on any branch: at the head, and at the confirmation depth. */
  #everIncluded = -1;
  #everConfirmed = -1;
  readonly #everRegistered = new Set<string>();

  constructor(positionAtDepth: () => number) {
    this.#positionAtDepth = positionAtDepth;
  }

  job(type: JobType, block: number): Job | undefined {
    for (const job of this.jobs.values()) if (job.job_type === type && job.internal_id === block) return job;
    return undefined;
  }

  /** The store as one machine uses it, watched. */
  watchStore(store: JobStore, machine: Machine): JobStore {
    return overriding(store, {
      insert: async (jobs: readonly Job[], options?: { readonly ordered?: boolean }): Promise<InsertOutcome[]> => {
        const outcomes = await store.insert(jobs, options);
        jobs.forEach((job, index) => {
          if (outcomes[index]?.kind === 'inserted') this.#inserted(job);
        });
        return outcomes;
      },
      commit: async (change: JobChange): Promise<CommitOutcome> => {
        const before = this.jobs.get(change.job.id);
        const outcome = await store.commit(change);
        if (outcome.kind === 'committed') this.#committed(before, change, machine);
        return outcome;
      },
    });
  }

  watchIntents(store: IntentStore): IntentStore {
    return overriding(store, {
      putIfAbsent: async (intent: Intent) => {
        const answer = await store.putIfAbsent(intent);
        if (answer.created) this.intents.set(intent.key, intent);
        return answer;
      },
      replace: async (intent: Intent) => {
        const replaced = await store.replace(intent);
        if (replaced) {
          const before = this.intents.get(intent.key)?.variants ?? [];
          const kept = before.every(({ hash }, index) => intent.variants[index]?.hash === hash);
          this.#check(kept, `intent ${intent.key} lost a signed variant`);
          this.intents.set(intent.key, intent);
        }
        return replaced;
      },
    });
  }

  watchObjects(store: ObjectStore): ObjectStore {
    return overriding(store, {
      put: async (key: string, content: Parameters<ObjectStore['put']>[1]): Promise<ObjectInfo> => {
        const info = await store.put(key, content);
        this.#objects.set(key, info.sha256);
        return info;
      },
      delete: async (key: string) => {
        await store.delete(key);
        this.#objects.delete(key);
      },
    });
  }

  /** A transaction reached the pool: it must be one that was written down before, byte for byte, and its turn. */
  transactionAccepted({ hash, call }: Transaction, raw: Uint8Array): void {
    const owner = [...this.intents.values()].find(({ variants }) => variants.some((variant) => variant.hash === hash));
    const variant = owner?.variants.find((known) => known.hash === hash);
    if (owner === undefined || variant === undefined) {
      this.#check(false, `transaction ${hash} was sent without having been persisted`);
      return;
    }
    const sha256 = createHash('sha256').update(raw).digest('hex');
    const stored = this.#objects.get(variant.raw_path);
    this.#check(
      sha256 === variant.raw_sha256 && sha256 === stored,
      `the bytes of transaction ${hash} are not those that were persisted`,
    );
    this.#check(
      call?.output?.newBlockNumber === owner.last_block,
      `transaction ${hash} does not settle block ${owner.last_block}`,
    );
    this.#inTurn('transaction', owner.first_block);
  }

  mined({ core, receipts, newFacts }: VirtualBlock): void {
    for (const fact of newFacts) this.#everRegistered.add(fact);
    this.#everIncluded = Math.max(this.#everIncluded, core.blockNumber);
    this.#everConfirmed = Math.max(this.#everConfirmed, this.#positionAtDepth());
    for (const { status, reason, transaction } of receipts) {
      this.#check(
        status === 'success',
        `transaction ${transaction.hash} of block ${transaction.call?.output?.newBlockNumber} reverted: ${reason}`,
      );
    }
  }

  #inserted(job: Job): void {
    const { first, last } = rangeOf(job);
    for (const other of this.jobs.values()) {
      const apart = other.job_type !== job.job_type || rangeOf(other).last < first || rangeOf(other).first > last;
      this.#check(apart, `${job.job_type} ${first} to ${last} overlaps the one from ${other.internal_id}`);
    }
    this.jobs.set(job.id, job);
    this.#nothingLost(job);
    if (job.job_type === 'StateTransition') this.#inTurn('job', job.internal_id);
  }

  #committed(before: Job | undefined, { expected, job }: JobChange, machine: Machine): void {
    const what = `${job.job_type} ${job.internal_id}`;
    if (before === undefined) {
      this.#check(false, `${what} was changed before it existed`);
      return;
    }
    const { lease } = before;
    const current = expected.version === before.version && expected.leaseToken === (lease?.token ?? null);
    this.#check(
      current,
      `commit by a former lease holder: ${machine.name} changed ${what} at version ${before.version} knowing version ${expected.version}`,
    );
    const isHolder = lease === null || lease.owner === machine.name;
    this.#check(
      isHolder || lease.expires_at <= machine.clock.now(),
      `${machine.name} changed ${what}, which is leased to ${lease?.owner}`,
    );
    this.#check(job.version > before.version, `the version of ${what} did not rise`);
    if (FINAL.includes(before.status) && job.status !== before.status) {
      const event = job.history.at(-1)?.event;
      this.#check(event === 'retry' || event === 'reorged', `${what} left the status ${before.status} by ${event}`);
    }
    this.jobs.set(job.id, job);
    this.#nothingLost(job);
    if (job.status === 'Completed') this.#completed(job, before.status);
  }

  /** Somebody will look at every job that is not at rest. */
  #nothingLost(job: Job): void {
    const what = `${job.job_type} ${job.internal_id} (${job.status})`;
    const atRest = FINAL.includes(job.status) && job.outbox.entries.length === 0;
    this.#check(atRest || job.next_action_at !== null, `${what} is forgotten: it has no next action`);
    if (job.lease !== null) {
      this.#check(
        (job.next_action_at ?? Number.POSITIVE_INFINITY) <= job.lease.expires_at,
        `${what}: nobody looks when the lease ends`,
      );
    }
    this.#check(job.status !== 'LockedForProcessing' || job.lease !== null, `${what} is locked without a lease`);
    const next = NEXT_STAGE[job.job_type];
    if (job.status === 'Completed' && next !== undefined) {
      const owed = job.outbox.entries.some((entry) => entry.kind === 'successor' && entry.job.job_type === next);
      this.#check(
        owed || this.job(next, job.internal_id) !== undefined,
        `${what} neither has nor owes its ${next} job`,
      );
    }
  }

  #completed(job: Job, before: JobStatus): void {
    const what = `${job.job_type} ${job.internal_id}`;
    const keys = artifactKeys(job.internal_id);
    const artifacts = {
      SnosRun: [keys.cairoPie, keys.snosOutput, keys.programOutput],
      DataSubmission: [keys.blobData],
      ProofCreation: [],
      ProofRegistration: [],
      StateTransition: [],
    }[job.job_type];
    for (const key of artifacts) this.#check(this.#objects.has(key), `${what} is completed without ${key}`);
    const { specific } = job.metadata;
    if (specific.type === 'Proving') {
      const fact = specific.ensure_on_chain_registration ?? '';
      this.#check(this.#everRegistered.has(fact), `${what} is completed, but its fact was never registered`);
    }
    if (job.job_type === 'StateTransition' && before !== 'Completed') {
      this.#check(
        rangeOf(job).last <= this.#everConfirmed,
        `${what} is completed, but was never confirmed on the settlement layer`,
      );
    }
  }

  #inTurn(what: string, block: number): void {
    this.#check(
      block - 1 <= this.#everIncluded,
      `out of order: the ${what} of block ${block} came while the contract had never been past block ${this.#everIncluded}`,
    );
  }

  #check(holds: boolean, text: string): void {
    if (!holds) this.violation ??= text;
  }
}
