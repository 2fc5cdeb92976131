import { becomesTooLong, withBriefPause } from './brief-deferral.ts';
import { type Attempts, type CommonMetadata, type Job, type JobStatus, NO_ATTEMPTS, type OutboxEntry } from './job.ts';
import { failureAlert, longDeferralAlert, timeoutAlert } from './job-alerts.ts';
import {
  blockedBy,
  type ChangeOptions,
  change,
  idleStatus,
  nextPhase,
  phaseOf,
  reasons,
  relayed,
  seconds,
  unansweredMs,
  wake,
  withAlert,
  withLaterDeadline,
  withoutEntries,
} from './job-change.ts';
import type { JobPolicy } from './job-policy.ts';
import type { JobEvent, JobEventType } from './lifecycle-event.ts';

/**
 * The only place that decides a job's status: `(job, event, now) -> job' with the messages it owes`. Pure, so that the
 * table test covers every pair and the simulation runs the very same code.
 */
export type Transition =
  | { readonly accepted: true; readonly job: Job }
  | {
      readonly accepted: false;
      readonly reason: 'status' | 'leased' | 'not-holder' | 'stale' | 'not-due' | 'nothing-owed';
    };

/** Statuses in which an event may be accepted. Everything else changes nothing. */
export const LEGAL: Readonly<Record<JobEventType, readonly JobStatus[]>> = {
  claim: ['Created', 'PendingRetry', 'VerificationFailed', 'PendingVerification'],
  renew: ['LockedForProcessing', 'PendingVerification'],
  submitted: ['LockedForProcessing'],
  completed: ['LockedForProcessing', 'PendingVerification'],
  pending: ['PendingVerification'],
  rejected: ['PendingVerification'],
  failed: ['LockedForProcessing', 'PendingVerification'],
  deferred: ['LockedForProcessing', 'PendingVerification'],
  released: ['LockedForProcessing', 'PendingVerification'],
  'lease-expired': ['LockedForProcessing', 'PendingVerification'],
  resend: ['Created', 'PendingRetry', 'VerificationFailed', 'PendingVerification'],
  relayed: [
    'Created',
    'LockedForProcessing',
    'PendingVerification',
    'Completed',
    'VerificationTimeout',
    'VerificationFailed',
    'Failed',
    'PendingRetry',
  ],
  retry: ['Failed', 'VerificationTimeout'],
  reorged: ['Completed'],
  'artifacts-tagged': ['Completed'],
};

/** Instances' clocks may differ by this much: a wake-up that seems early by less is taken. */
const CLOCK_SKEW_MS = 5_000;
/** Nobody looked at a job for longer than this: it was not the job's time that passed. */
const UNATTENDED_MS = 60_000;

export function transition(job: Job, event: JobEvent, now: number, policy: JobPolicy): Transition {
  if (!LEGAL[event.type].includes(job.status)) return { accepted: false, reason: 'status' };
  if ('token' in event && job.lease?.token !== event.token) return { accepted: false, reason: 'not-holder' };
  switch (event.type) {
    case 'claim':
      return claim(job, event, now);
    case 'renew':
      return renew(job, event.leaseMs, now);
    case 'submitted': {
      const { deferred_ms: _over, ...counted } = job.attempts;
      const attempts = { ...counted, verify: 0, verify_deadline_at: now + policy.verifyDeadlineMs };
      const common = { process_completed_at: seconds(now), verification_attempt_no: 0 };
      const next = change(job, 'PendingVerification', event, now, { attempts, specific: event.specific, common });
      return accept(wake({ ...next, external_id: event.externalId }, 'verify', event.verifyAt, policy));
    }
    case 'completed':
      return accept(complete(job, event, now, policy));
    case 'pending': {
      const deadline = job.attempts.verify_deadline_at;
      const options = { waitingFor: event.waitingFor, ...(event.specific && { specific: event.specific }) };
      if (event.held) {
        const attempts = { ...job.attempts, verify_deadline_at: now + policy.verifyDeadlineMs };
        const next = change(job, 'PendingVerification', event, now, { ...options, attempts });
        return accept(wake(next, 'verify', event.retryAt, policy));
      }
      if (deadline !== null && now >= deadline) return accept(timeOut(job, event, now, options));
      return accept(wake(change(job, 'PendingVerification', event, now, options), 'verify', event.retryAt, policy));
    }
    case 'rejected':
      return accept(afterFailure(job, event, now, policy, `verification rejected: ${event.reason}`, now));
    case 'failed':
      return accept(fail(job, event, now, policy));
    case 'deferred':
      return accept(defer(job, event, now, policy));
    case 'released':
      return accept(wake(change(job, idleStatus(job), event, now, {}), phaseOf(job), now, policy));
    case 'lease-expired':
      return expireLease(job, now, policy);
    case 'resend':
      return resend(job, now, policy);
    case 'relayed':
      if (job.outbox.entries.length === 0) return { accepted: false, reason: 'nothing-owed' };
      return accept(relayed(job, now, policy));
    case 'retry':
      return accept(retry(job, event, now, policy));
    case 'reorged': {
      const { specific } = job.metadata;
      if (specific.type !== 'StateUpdate') return { accepted: false, reason: 'status' };
      const attempts = { ...job.attempts, verify: 0, verify_deadline_at: now + policy.verifyDeadlineMs };
      // Not included any more, as far as we know: nothing may be settled on top of it until it is.
      // What it stores from here on carries no mark.
      const gone = { ...specific, included_at_block: null, storage_artifacts_tagged_at: null };
      const next = change(job, 'PendingVerification', event, now, {
        attempts,
        specific: gone,
        waitingFor: event.reason,
      });
      return accept(wake(next, 'verify', now, policy));
    }
    case 'artifacts-tagged':
      return noteTagged(job, now);
  }
}

/** The job as a store keeps it that delivered its wake-up and successors in the same write. Alerts stay owed. */
export function withoutDelivered(job: Job): Job {
  return withoutEntries(job, (entry) => entry.kind === 'alert');
}

function claim(job: Job, event: Extract<JobEvent, { type: 'claim' }>, now: number): Transition {
  if (job.lease !== null) return { accepted: false, reason: 'leased' };
  if (event.phase !== nextPhase(job.status)) return { accepted: false, reason: 'stale' };
  if (event.sequence !== undefined && event.sequence !== job.outbox.sequence)
    return { accepted: false, reason: 'stale' };
  if (job.outbox.due_at !== null && job.outbox.due_at > now + CLOCK_SKEW_MS)
    return { accepted: false, reason: 'not-due' };
  const version = job.version + 1;
  const { common } = job.metadata;
  const attempts =
    event.phase === 'verify' ? withoutUnattendedTime(job.attempts, job.outbox.due_at, now) : job.attempts;
  const started: Partial<CommonMetadata> =
    event.phase === 'process'
      ? {
          process_attempt_no: common.process_attempt_no + 1,
          process_started_at: seconds(now),
          process_completed_at: null,
        }
      : { verification_attempt_no: common.verification_attempt_no + 1, verification_started_at: seconds(now) };
  return accept({
    ...job,
    status: event.phase === 'process' ? 'LockedForProcessing' : 'PendingVerification',
    version,
    updated_at: now,
    attempts,
    // The version only ever rises, which makes it a fencing number without a counter of its own.
    lease: {
      owner: event.owner,
      token: version,
      phase: event.phase,
      acquired_at: now,
      expires_at: now + event.leaseMs,
    },
    outbox: { ...job.outbox, due_at: null, entries: job.outbox.entries.filter((entry) => entry.kind !== 'wake') },
    next_action_at: now + event.leaseMs,
    metadata: { ...job.metadata, common: { ...common, ...started } },
  });
}

/** A deadline does not run while no instance was there to look at the job since it was due. */
function withoutUnattendedTime(attempts: Attempts, dueAt: number | null, now: number): Attempts {
  const late = now - (dueAt ?? now);
  return late > UNATTENDED_MS ? withLaterDeadline(attempts, late) : attempts;
}

function renew(job: Job, leaseMs: number, now: number): Transition {
  if (job.lease === null) return { accepted: false, reason: 'not-holder' };
  const expires_at = Math.max(job.lease.expires_at, now + leaseMs);
  return accept({
    ...job,
    version: job.version + 1,
    updated_at: now,
    lease: { ...job.lease, expires_at },
    next_action_at: expires_at,
  });
}

function complete(job: Job, event: Extract<JobEvent, { type: 'completed' }>, now: number, policy: JobPolicy): Job {
  const ended: Partial<CommonMetadata> =
    job.status === 'LockedForProcessing'
      ? { process_completed_at: seconds(now), failure_reason: null }
      : { verification_completed_at: seconds(now), failure_reason: null };
  const next = change(job, 'Completed', event, now, {
    ...(event.specific && { specific: event.specific }),
    common: ended,
  });
  const owed = event.successors.map((successor): OutboxEntry => ({ kind: 'successor', job: successor }));
  return {
    ...next,
    external_id: event.externalId ?? next.external_id,
    outbox: { ...next.outbox, entries: [...next.outbox.entries, ...owed] },
    next_action_at: next.outbox.entries.length + owed.length > 0 ? now + policy.resendAfterMs : null,
  };
}

function defer(job: Job, event: Extract<JobEvent, { type: 'deferred' }>, now: number, policy: JobPolicy): Job {
  const pauseMs = event.retryAt - now;
  const later = withLaterDeadline(job.attempts, pauseMs);
  const attempts = event.brief ? withBriefPause(later, pauseMs) : later;
  const next = change(job, idleStatus(job), event, now, { waitingFor: event.waitingFor, attempts });
  const told = becomesTooLong(job.attempts, attempts) ? withAlert(next, longDeferralAlert, now) : next;
  return wake(told, phaseOf(job), event.retryAt, policy);
}

function fail(job: Job, event: Extract<JobEvent, { type: 'failed' }>, now: number, policy: JobPolicy): Job {
  if (event.retry === 'dependency-down' || event.retry === 'rate-limited') {
    const next = change(job, idleStatus(job), event, now, {
      waitingFor: event.reason,
      attempts: blockedBy(event.dependency, withLaterDeadline(job.attempts, event.retryAt - now)),
    });
    return wake(next, phaseOf(job), event.retryAt, policy);
  }
  if (job.status === 'LockedForProcessing') {
    return afterFailure(job, event, now, policy, event.reason, event.retryAt, event.retry === 'permanent');
  }
  if (event.retry === 'permanent') return giveUp(job, event, now, event.reason);
  const deadline = job.attempts.verify_deadline_at;
  const options = {
    waitingFor: event.reason,
    attempts: { ...job.attempts, verify: job.attempts.verify + 1 },
    common: reasons(job, event.reason),
  };
  if (deadline !== null && now >= deadline) return timeOut(job, event, now, options);
  return wake(change(job, 'PendingVerification', event, now, options), 'verify', event.retryAt, policy);
}

/** A processing attempt is used up: try again while some are left. */
function afterFailure(
  job: Job,
  event: JobEvent,
  now: number,
  policy: JobPolicy,
  reason: string,
  retryAt: number,
  permanent = false,
): Job {
  const attempts = { ...job.attempts, process: job.attempts.process + 1 };
  if (permanent || attempts.process >= policy.maxProcessAttempts)
    return giveUp({ ...job, attempts }, event, now, reason);
  const status = event.type === 'rejected' ? 'VerificationFailed' : 'PendingRetry';
  const retries = job.metadata.common.process_retry_attempt_no + 1;
  const common = { ...reasons(job, reason), process_retry_attempt_no: retries };
  return wake(change(job, status, event, now, { attempts, common, waitingFor: reason }), 'process', retryAt, policy);
}

function giveUp(job: Job, event: JobEvent, now: number, reason: string): Job {
  return withAlert(
    change(job, 'Failed', event, now, { common: reasons(job, reason), note: reason }),
    failureAlert,
    now,
  );
}

function timeOut(job: Job, event: JobEvent, now: number, options: ChangeOptions): Job {
  return withAlert(change(job, 'VerificationTimeout', event, now, options), timeoutAlert, now);
}

function expireLease(job: Job, now: number, policy: JobPolicy): Transition {
  if (job.lease === null || job.lease.expires_at > now) return { accepted: false, reason: 'leased' };
  const lost = job.attempts.lost_leases + 1;
  const attempts = withoutUnattendedTime(job.attempts, job.lease.expires_at, now);
  const held: Job = { ...job, attempts: { ...attempts, lost_leases: lost } };
  const event: JobEvent = { type: 'lease-expired' };
  if (lost >= policy.maxLostLeases) return accept(giveUp(held, event, now, `worker died ${lost} times`));
  const note = `lease of ${job.lease.owner} expired`;
  return accept(wake(change(held, idleStatus(job), event, now, { note }), phaseOf(job), now, policy));
}

function resend(job: Job, now: number, policy: JobPolicy): Transition {
  if (job.lease !== null) return { accepted: false, reason: 'leased' };
  if (job.next_action_at !== null && job.next_action_at > now) return { accepted: false, reason: 'not-due' };
  const { sequence } = job.outbox;
  const resends = job.attempts.resends + 1;
  const phase = nextPhase(job.status);
  // The number stays: should the first message still come, one of the two is stale once the other has claimed.
  const entries = job.outbox.entries.filter((entry) => entry.kind !== 'wake');
  return accept({
    ...job,
    version: job.version + 1,
    updated_at: now,
    attempts: { ...job.attempts, resends },
    outbox: { ...job.outbox, entries: [...entries, { kind: 'wake', phase, sequence, due_at: now }] },
    next_action_at: now + unansweredMs(resends, policy),
  });
}

function retry(job: Job, event: Extract<JobEvent, { type: 'retry' }>, now: number, policy: JobPolicy): Job {
  const { common } = job.metadata;
  const { blocked_by } = job.attempts;
  // What it had failed on is told as back when this works, whenever that is.
  const attempts: Attempts = { ...NO_ATTEMPTS, ...(blocked_by !== undefined && { blocked_by }) };
  if (job.status === 'VerificationTimeout') {
    const again = { ...attempts, verify_deadline_at: now + policy.verifyDeadlineMs };
    const counted = {
      verification_attempt_no: 0,
      verification_retry_attempt_no: common.verification_retry_attempt_no + 1,
    };
    const next = change(job, 'PendingVerification', event, now, { attempts: again, common: counted });
    return wake(next, 'verify', now, policy);
  }
  const counted = {
    process_attempt_no: 0,
    verification_attempt_no: 0,
    process_retry_attempt_no: common.process_retry_attempt_no + 1,
  };
  return wake(change(job, 'PendingRetry', event, now, { attempts, common: counted }), 'process', now, policy);
}

/** Nothing else of the job changes: what it owes stays owed, and history tells of its work only. */
function noteTagged(job: Job, now: number): Transition {
  const { common, specific } = job.metadata;
  if (specific.type !== 'StateUpdate') return { accepted: false, reason: 'status' };
  const tagged = { ...specific, storage_artifacts_tagged_at: now };
  return accept({ ...job, version: job.version + 1, updated_at: now, metadata: { common, specific: tagged } });
}

const accept = (job: Job): Transition => ({ accepted: true, job });
