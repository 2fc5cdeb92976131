import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RetryClass } from '../../src/errors/orchestrator-error.ts';
import { createJob } from '../../src/jobs/create-job.ts';
import { JOB_STATUSES, type Job, type JobStatus, type NewJob, type Phase } from '../../src/jobs/job.ts';
import { nextPhase } from '../../src/jobs/job-change.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { transition, withoutDelivered } from '../../src/jobs/lifecycle.ts';
import { JOB_EVENT_TYPES, type JobEvent, type JobEventType } from '../../src/jobs/lifecycle-event.ts';
import { newSnosJob, stateTransitionJobFor } from '../../src/jobs/new-jobs.ts';

const NOW = 1_000_000;
const policy = defaultPolicies({ maxProcessAttempts: 3, maxLostLeases: 3, verifyDeadlineMs: 60_000 }).SnosRun;
const SUCCESSOR: NewJob = newSnosJob({ first: 8, last: 8 }, '00000000-0000-4000-8000-000000000008');

function fresh(): Job {
  return createJob(newSnosJob({ first: 7, last: 7 }, '00000000-0000-4000-8000-000000000007'), NOW, '0.1.0', policy);
}

function stateTransition(): Job {
  const da = { ...fresh(), job_type: 'DataSubmission' as const };
  const specific = {
    type: 'Da' as const,
    start_block: 7,
    end_block: 7,
    num_blocks: 1,
    block_number: 7,
    blob_data_path: '7/blob_data.txt',
    snos_fact: `0x${'1'.repeat(64)}`,
    tx_hash: null,
    blob_sha256: '2'.repeat(64),
    commitments: [],
    versioned_hashes: [],
  };
  const job = stateTransitionJobFor({ ...da, metadata: { ...da.metadata, specific } }, da.id);
  return createJob(job, NOW, '0.1.0', policy);
}

/** A job in the status: leased (to us, expiring at NOW + 30 s) or idle. */
function jobIn(status: JobStatus, lease: Phase | null): Job {
  const base = stateTransition();
  return {
    ...base,
    status,
    version: 10,
    lease: lease === null ? null : { owner: 'me', token: 10, phase: lease, acquired_at: NOW, expires_at: NOW + 30_000 },
    outbox: { sequence: 4, due_at: lease === null ? NOW : null, entries: [] },
    next_action_at: lease === null ? NOW : NOW + 30_000,
    attempts: { ...base.attempts, verify_deadline_at: NOW + 60_000 },
  };
}

const { specific } = stateTransition().metadata;
const EVENTS: Readonly<Record<JobEventType, (phase: Phase) => JobEvent>> = {
  claim: (phase) => ({ type: 'claim', phase, owner: 'you', leaseMs: 30_000, sequence: 4 }),
  renew: () => ({ type: 'renew', token: 10, leaseMs: 30_000 }),
  submitted: () => ({ type: 'submitted', token: 10, externalId: 'x', specific, verifyAt: NOW + 500 }),
  completed: () => ({ type: 'completed', token: 10, successors: [SUCCESSOR] }),
  pending: () => ({ type: 'pending', token: 10, retryAt: NOW + 500, waitingFor: 'the prover' }),
  rejected: () => ({ type: 'rejected', token: 10, reason: 'wrong' }),
  failed: () => ({ type: 'failed', token: 10, retry: 'transient', reason: 'timeout', retryAt: NOW + 500 }),
  deferred: () => ({ type: 'deferred', token: 10, retryAt: NOW + 500, waitingFor: 'block 6' }),
  released: () => ({ type: 'released', token: 10 }),
  'lease-expired': () => ({ type: 'lease-expired' }),
  resend: () => ({ type: 'resend' }),
  relayed: () => ({ type: 'relayed' }),
  retry: () => ({ type: 'retry', by: 'operator' }),
  reorged: () => ({ type: 'reorged', reason: 'reorg' }),
  'artifacts-tagged': () => ({ type: 'artifacts-tagged' }),
};

/** Next status of every event, in the order of JOB_STATUSES; '-' refuses. */
const C = 'Created';
const L = 'LockedForProcessing';
const P = 'PendingVerification';
const D = 'Completed';
const F = 'VerificationFailed';
const R = 'PendingRetry';
type Cell = JobStatus | '-';
const ORDER = ['Created', L, P, D, 'VerificationTimeout', F, 'Failed', R] as const satisfies typeof JOB_STATUSES;

const WHILE_LEASED: Readonly<Record<JobEventType, readonly Cell[]>> = {
  claim: ['-', '-', '-', '-', '-', '-', '-', '-'],
  renew: ['-', L, P, '-', '-', '-', '-', '-'],
  submitted: ['-', P, '-', '-', '-', '-', '-', '-'],
  completed: ['-', D, D, '-', '-', '-', '-', '-'],
  pending: ['-', '-', P, '-', '-', '-', '-', '-'],
  rejected: ['-', '-', F, '-', '-', '-', '-', '-'],
  failed: ['-', R, P, '-', '-', '-', '-', '-'],
  deferred: ['-', C, P, '-', '-', '-', '-', '-'],
  released: ['-', C, P, '-', '-', '-', '-', '-'],
  'lease-expired': ['-', '-', '-', '-', '-', '-', '-', '-'],
  resend: ['-', '-', '-', '-', '-', '-', '-', '-'],
  relayed: ['-', '-', '-', '-', '-', '-', '-', '-'],
  retry: ['-', '-', '-', '-', '-', '-', '-', '-'],
  reorged: ['-', '-', '-', '-', '-', '-', '-', '-'],
  'artifacts-tagged': ['-', '-', '-', '-', '-', '-', '-', '-'],
};

const WHILE_IDLE: Readonly<Record<JobEventType, readonly Cell[]>> = {
  claim: [L, '-', P, '-', '-', L, '-', L],
  renew: ['-', '-', '-', '-', '-', '-', '-', '-'],
  submitted: ['-', '-', '-', '-', '-', '-', '-', '-'],
  completed: ['-', '-', '-', '-', '-', '-', '-', '-'],
  pending: ['-', '-', '-', '-', '-', '-', '-', '-'],
  rejected: ['-', '-', '-', '-', '-', '-', '-', '-'],
  failed: ['-', '-', '-', '-', '-', '-', '-', '-'],
  deferred: ['-', '-', '-', '-', '-', '-', '-', '-'],
  released: ['-', '-', '-', '-', '-', '-', '-', '-'],
  'lease-expired': ['-', '-', '-', '-', '-', '-', '-', '-'],
  resend: [C, '-', P, '-', '-', F, '-', R],
  relayed: ['-', '-', '-', '-', '-', '-', '-', '-'],
  retry: ['-', '-', '-', '-', P, '-', R, '-'],
  reorged: ['-', '-', '-', P, '-', '-', '-', '-'],
  'artifacts-tagged': ['-', '-', '-', D, '-', '-', '-', '-'],
};

describe('every status and every event', () => {
  const leasedPhase = (status: JobStatus): Phase | null => (status === L ? 'process' : status === P ? 'verify' : null);

  for (const [title, table, leased] of [
    ['leased', WHILE_LEASED, true],
    ['idle', WHILE_IDLE, false],
  ] as const) {
    for (const type of JOB_EVENT_TYPES) {
      it.each(ORDER.map((status, column) => [status, table[type][column]] as const))(
        `${title} %s, ${type} -> %s`,
        (status, expected) => {
          const lease = leased ? leasedPhase(status) : null;
          // A lease exists in two statuses only; the other columns of the leased table say that nothing applies.
          if (leased && lease === null) return expect(expected).toBe('-');
          const job = jobIn(status, lease);
          const before = structuredClone(job);
          const result = transition(job, EVENTS[type](nextPhase(status)), NOW, policy);
          expect(job).toEqual(before);
          expect(result.accepted ? result.job.status : '-').toBe(expected);
          if (result.accepted) expect(result.job.version).toBe(11);
        },
      );
    }
  }

  it('covers all statuses', () => expect([...ORDER]).toEqual([...JOB_STATUSES]));
});

describe('conditions beyond the status', () => {
  it('refuses a stale or early wake-up and the wrong phase', () => {
    const job = jobIn('Created', null);
    const claim = EVENTS.claim('process');
    expect(transition(job, { ...claim, sequence: 3 } as JobEvent, NOW, policy)).toEqual({
      accepted: false,
      reason: 'stale',
    });
    expect(transition(job, EVENTS.claim('verify'), NOW, policy)).toEqual({ accepted: false, reason: 'stale' });
    const later = { ...job, outbox: { ...job.outbox, due_at: NOW + 6_000 } };
    expect(transition(later, claim, NOW, policy)).toEqual({ accepted: false, reason: 'not-due' });
    expect(transition(later, claim, NOW + 1_000, policy).accepted).toBe(true);
  });

  it.each(['renew', 'submitted', 'completed', 'failed', 'deferred', 'released'] as const)(
    'refuses %s of a former holder',
    (type) => {
      const event = { ...EVENTS[type]('process'), token: 9 } as JobEvent;
      expect(transition(jobIn(L, 'process'), event, NOW, policy)).toEqual({ accepted: false, reason: 'not-holder' });
    },
  );

  it('gives every lease a greater fencing number than all before it', () => {
    let job = fresh();
    let last = -1;
    for (let round = 0; round < 2; round += 1) {
      job = must(job, { type: 'claim', phase: 'process', owner: 'a', leaseMs: 10 }, NOW);
      expect(job.lease?.token).toBeGreaterThan(last);
      last = job.lease?.token ?? 0;
      job = must(job, { type: 'lease-expired' }, NOW + 10);
    }
  });

  it('frees an expired lease without costing an attempt, and gives up after too many', () => {
    let job = jobIn(L, 'process');
    expect(transition(job, { type: 'lease-expired' }, NOW + 29_999, policy).accepted).toBe(false);
    for (let lost = 1; lost <= 3; lost += 1) {
      job = must(job, { type: 'lease-expired' }, NOW + 30_000 * lost);
      expect(job.attempts).toMatchObject({ process: 0, lost_leases: lost });
      if (lost < 3) job = must(job, { type: 'claim', phase: 'process', owner: 'me', leaseMs: 1 }, NOW + 30_000 * lost);
    }
    expect(job.status).toBe('Failed');
    expect(job.metadata.common.failure_reason).toBe('worker died 3 times');
    expect(job.outbox.entries.map((entry) => entry.kind)).toEqual(['alert']);
  });

  it('fails after the last attempt, at once when permanent, never when a dependency is down or wants fewer requests', () => {
    const failed = (retry: RetryClass, attempts: number) => {
      const job = jobIn(L, 'process');
      const event: JobEvent = { type: 'failed', token: 10, retry, reason: 'why', retryAt: NOW + 900 };
      return must({ ...job, attempts: { ...job.attempts, process: attempts } }, event, NOW);
    };
    expect(failed('transient', 1)).toMatchObject({
      status: R,
      attempts: { process: 2 },
      outbox: { due_at: NOW + 900 },
    });
    expect(failed('transient', 2)).toMatchObject({ status: 'Failed', next_action_at: NOW });
    expect(failed('permanent', 0)).toMatchObject({ status: 'Failed', attempts: { process: 1 } });
    for (const retry of ['dependency-down', 'rate-limited'] as const) {
      expect(failed(retry, 2)).toMatchObject({
        status: R,
        attempts: { process: 2 },
        waiting_for: 'why',
        outbox: { due_at: NOW + 900, entries: [{ kind: 'wake' }] },
      });
    }
  });

  it('times a verification out at its deadline, which an outage moves', () => {
    const late = NOW + 60_000;
    const pending = must(jobIn(P, 'verify'), EVENTS.pending('verify'), late);
    expect(pending.status).toBe('VerificationTimeout');
    for (const retry of ['dependency-down', 'rate-limited'] as const) {
      const down: JobEvent = { type: 'failed', token: 10, retry, reason: 'down', retryAt: late + 5_000 };
      expect(must(jobIn(P, 'verify'), down, late)).toMatchObject({
        status: P,
        attempts: { verify: 0, verify_deadline_at: NOW + 65_000 },
      });
    }
  });

  it('never times a held verification out, and grants it the whole time once it goes on', () => {
    const late = NOW + 3_600_000;
    const event: JobEvent = { type: 'pending', token: 10, retryAt: late + 500, waitingFor: 'lower fees', held: true };
    const held = must(jobIn(P, 'verify'), { ...event, specific }, late);
    expect(held).toMatchObject({
      status: P,
      waiting_for: 'lower fees',
      attempts: { verify_deadline_at: late + 60_000 },
      outbox: { due_at: late + 500, entries: [{ kind: 'wake', phase: 'verify' }] },
    });
    const goesOn = (at: number) => {
      const claimed = must(held, { type: 'claim', phase: 'verify', owner: 'me', leaseMs: 100_000 }, late + 500);
      const token = claimed.lease?.token ?? 0;
      return must(claimed, { type: 'pending', token, retryAt: at, waitingFor: 'the chain' }, at).status;
    };
    expect(goesOn(late + 59_999)).toBe(P);
    expect(goesOn(late + 60_000)).toBe('VerificationTimeout');
  });

  it('does not count the time in which nobody looked at a job that was due', () => {
    const claimedAt = (now: number) => must(jobIn(P, null), EVENTS.claim('verify'), now).attempts.verify_deadline_at;
    expect(claimedAt(NOW + 60_000)).toBe(NOW + 60_000);
    expect(claimedAt(NOW + 86_400_000)).toBe(NOW + 86_460_000);
    const process = must(jobIn('Created', null), EVENTS.claim('process'), NOW + 86_400_000);
    expect(process.attempts.verify_deadline_at).toBe(NOW + 60_000);
    const resent = must(jobIn(P, null), EVENTS.resend('verify'), NOW + 40_000);
    expect(must(resent, EVENTS.claim('verify'), NOW + 90_000).attempts.verify_deadline_at).toBe(NOW + 150_000);
  });

  it('does not count the time in which nobody was there to free an expired lease either', () => {
    const freedAt = (now: number) => must(jobIn(P, 'verify'), { type: 'lease-expired' }, now);
    expect(freedAt(NOW + 90_000).attempts.verify_deadline_at).toBe(NOW + 60_000);
    const restarted = NOW + 86_430_000;
    const freed = freedAt(restarted);
    expect(freed.attempts).toMatchObject({ verify_deadline_at: NOW + 60_000 + 86_400_000, lost_leases: 1 });
    const claimed = must(freed, { type: 'claim', phase: 'verify', owner: 'me', leaseMs: 30_000 }, restarted);
    const first: JobEvent = { ...EVENTS.failed('verify'), token: claimed.lease?.token ?? 0 } as JobEvent;
    expect(must(claimed, first, restarted).status).toBe(P);
  });

  it('owes the successor until it is relayed, and nothing to a store that delivered', () => {
    const done = must(jobIn(P, 'verify'), EVENTS.completed('verify'), NOW);
    expect(done.outbox.entries).toEqual([{ kind: 'successor', job: SUCCESSOR }]);
    expect(done.next_action_at).not.toBeNull();
    expect(withoutDelivered(done)).toMatchObject({ next_action_at: null, outbox: { entries: [] } });
    const relayed = must(done, { type: 'relayed' }, NOW);
    expect(relayed).toMatchObject({ next_action_at: null, outbox: { entries: [] } });
  });

  it('notes when artifacts were marked, changes nothing else, and forgets it when the job is reopened', () => {
    const done = jobIn(D, null);
    const tagged = must(done, { type: 'artifacts-tagged' }, NOW + 5_000);
    const { specific: noted } = tagged.metadata;
    expect(noted).toEqual({ ...done.metadata.specific, storage_artifacts_tagged_at: NOW + 5_000 });
    expect({ ...tagged, metadata: done.metadata }).toEqual({ ...done, version: 11, updated_at: NOW + 5_000 });
    const reopened = must(tagged, EVENTS.reorged('verify'), NOW + 6_000);
    expect(reopened.metadata.specific).toMatchObject({ storage_artifacts_tagged_at: null });
    const other = { ...done, job_type: 'SnosRun' as const, metadata: fresh().metadata };
    expect(transition(other, { type: 'artifacts-tagged' }, NOW, policy).accepted).toBe(false);
  });

  it('gives every alert an identity that an operator retry does not change', () => {
    const failed = must(jobIn(L, 'process'), { ...EVENTS.failed('process'), retry: 'permanent' } as JobEvent, NOW);
    const again = must(failed, EVENTS.retry('process'), NOW);
    const alertsOf = (job: Job) => job.outbox.entries.filter((entry) => entry.kind === 'alert');
    expect(alertsOf(failed)).toMatchObject([{ job_version: 11 }]);
    expect(alertsOf(again)).toEqual(alertsOf(failed));
    const claimed = must(again, { ...EVENTS.claim('process'), sequence: again.outbox.sequence } as JobEvent, NOW);
    const event = { ...EVENTS.failed('process'), token: claimed.lease?.token, retry: 'permanent' } as JobEvent;
    expect(alertsOf(must(claimed, event, NOW)).map((entry) => entry.kind === 'alert' && entry.job_version)).toEqual([
      11, 14,
    ]);
  });

  it('remembers over an operator retry what it had failed on, so that its end is told', () => {
    const failed = must(jobIn(L, 'process'), { ...EVENTS.failed('process'), retry: 'permanent' } as JobEvent, NOW);
    const blocked = { ...failed, attempts: { ...failed.attempts, process: 3, blocked_by: ['starknet-node'] } };
    const again = must(blocked, EVENTS.retry('process'), NOW);
    expect(again.attempts).toMatchObject({ process: 0, blocked_by: ['starknet-node'] });
    expect(must(failed, EVENTS.retry('process'), NOW).attempts).not.toHaveProperty('blocked_by');
  });

  it('spaces re-sent wake-ups out and keeps their number', () => {
    const waits: number[] = [];
    let job = jobIn('Created', null);
    for (let now = NOW; waits.length < 7; now = job.next_action_at ?? 0) {
      job = must(job, { type: 'resend' }, now);
      waits.push((job.next_action_at ?? 0) - now);
      expect(job.outbox.sequence).toBe(4);
      expect(job.outbox.entries).toHaveLength(1);
    }
    expect(waits).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000]);
  });

  it('tells once of a brief deferral that lasts, before and after a restart, and anew after a submission', () => {
    let job = fresh();
    let now = NOW;
    const worked = (event: object): Job => {
      const leased = must(job, { type: 'claim', phase: 'process', owner: 'me', leaseMs: 1_000 }, now);
      return must(leased, { ...event, token: leased.lease?.token } as JobEvent, now);
    };
    const alerts = () => job.outbox.entries.filter((entry) => entry.kind === 'alert');
    const defer = (brief: boolean, times: number) => {
      for (let round = 0; round < times; round += 1) {
        const event = { type: 'deferred', retryAt: now + 60_000, waitingFor: `block ${round}`, brief } as const;
        job = worked(event);
        expect(job).toMatchObject({ status: C, outbox: { due_at: now + 60_000 }, next_action_at: now + 90_000 });
        expect(job.attempts).toMatchObject({ process: 0 });
        now += 60_000;
      }
    };
    defer(false, 100);
    defer(true, 14);
    now += 86_400_000;
    expect(alerts()).toEqual([]);
    defer(true, 1);
    expect(alerts()).toMatchObject([
      { text: expect.stringContaining('SnosRun, Internal_Id: 7, Waiting for 15 minutes: block 0') },
    ]);
    job = withoutDelivered(must(job, { type: 'relayed' }, now));
    const down = { type: 'failed', retry: 'dependency-down', reason: 'down', retryAt: now } as const;
    job = worked(down);
    defer(true, 100);
    expect(alerts()).toEqual([]);
    const submitted = { type: 'submitted', externalId: 'x', specific: job.metadata.specific, verifyAt: now } as const;
    job = worked(submitted);
    expect(job.attempts).not.toHaveProperty('deferred_ms');
  });

  it.each(['pending', 'deferred'] as const)('keeps the newest of repeated waits (%s) only', (type) => {
    let job = must(jobIn(L, 'process'), EVENTS.submitted('process'), NOW);
    const before = job.history.length;
    for (let round = 1; round <= 100; round += 1) {
      const now = NOW + 500 + round;
      job = must(job, { type: 'claim', phase: 'verify', owner: 'me', leaseMs: 1_000 }, now);
      const token = job.lease?.token ?? 0;
      job = must(job, { type, token, retryAt: now, waitingFor: `a price below ${round} wei` }, now);
    }
    expect(job.history.slice(before)).toMatchObject([{ at: NOW + 600, event: type, note: 'a price below 100 wei' }]);
    expect(job.history.map(({ event }) => event)).toEqual(['created', 'submitted', type]);
  });

  it('bounds history and reasons', () => {
    let job = fresh();
    for (let round = 0; round < 100; round += 1) {
      job = must(job, { type: 'claim', phase: 'process', owner: 'me', leaseMs: 1_000 }, NOW + round);
      const event = {
        retry: 'transient' as const,
        reason: `reason ${round} ${'x'.repeat(5_000)}`,
        retryAt: NOW + round,
      };
      job = must(
        { ...job, attempts: { ...job.attempts, process: 0 } },
        { type: 'failed', token: job.lease?.token ?? 0, ...event },
        NOW + round,
      );
    }
    expect(job.history.length).toBe(40);
    expect(job.metadata.common.previous_failure_reasons.length).toBe(10);
    expect(JSON.stringify(job).length).toBeLessThan(80_000);
  });
});

describe('whatever happens, in whatever order', () => {
  const anyEvent = fc.record({
    type: fc.constantFrom(...JOB_EVENT_TYPES),
    advance: fc.integer({ min: 0, max: 90_000 }),
    current: fc.boolean(),
    retry: fc.constantFrom(
      'permanent' as const,
      'transient' as const,
      'dependency-down' as const,
      'rate-limited' as const,
    ),
    delivered: fc.boolean(),
  });

  it('a job that is not at rest is always owed something with a due time, and versions only rise', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        let job = stateTransition();
        let now = NOW;
        for (const { type, advance, current, retry, delivered } of events) {
          now += advance;
          const token = current ? (job.lease?.token ?? -1) : -2;
          const event = { ...EVENTS[type](nextPhase(job.status)), token, sequence: current ? job.outbox.sequence : -1 };
          const result = transition(job, (type === 'failed' ? { ...event, retry } : event) as JobEvent, now, policy);
          if (!result.accepted) continue;
          expect(result.job.version).toBeGreaterThan(job.version);
          job = delivered ? withoutDelivered(result.job) : result.job;
          checkOwed(job);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  /** Nothing owed may be forgotten: the reconciler finds every job by `next_action_at`. */
  function checkOwed(job: Job): void {
    const atRest = job.status === 'Completed' || job.status === 'Failed' || job.status === 'VerificationTimeout';
    if (!atRest || job.outbox.entries.length > 0) expect(job.next_action_at).not.toBeNull();
    if (atRest) {
      expect(job.lease).toBeNull();
      expect(job.outbox.due_at).toBeNull();
    } else if (job.lease === null) {
      expect(job.outbox.due_at).not.toBeNull();
    } else {
      expect(job.next_action_at).toBe(job.lease.expires_at);
      expect(job.status === L ? 'process' : 'verify').toBe(job.lease.phase);
    }
    if (job.status === L) expect(job.lease).not.toBeNull();
  }
});

function must(job: Job, event: JobEvent, now: number): Job {
  const result = transition(job, event, now, policy);
  if (!result.accepted) throw new Error(`${event.type} refused: ${result.reason}`);
  return result.job;
}
