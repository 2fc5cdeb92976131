import type { Job } from './job.ts';

/** Alert texts keep the wording that existing filters match on. */
export function failureAlert(job: Job): string {
  const { failure_reason, previous_failure_reasons } = job.metadata.common;
  const lines = [
    'Job Failed Alert',
    `Job ID: ${job.id}`,
    `Type: ${job.job_type}`,
    `Block: ${job.internal_id}`,
    `Current failure: ${failure_reason ?? 'unknown'}`,
  ];
  if (previous_failure_reasons.length > 0) {
    lines.push(`Previous failures (${previous_failure_reasons.length} total):`);
    lines.push(...previous_failure_reasons.map((reason, index) => `${index + 1}. ${reason}`));
  }
  return lines.join('\n');
}

export function longDeferralAlert(job: Job): string {
  const minutes = Math.round((job.attempts.deferred_ms ?? 0) / 60_000);
  return `Job Waiting Alert: Job ID: ${job.id}, Type: ${job.job_type}, Internal_Id: ${job.internal_id}, Waiting for ${minutes} minutes: ${job.waiting_for ?? 'unknown'}`;
}

export function timeoutAlert(job: Job): string {
  const attempts = job.metadata.common.verification_attempt_no;
  return `Job Verification Timeout Alert: Job ID: ${job.id}, Type: ${job.job_type}, Internal_Id: ${job.internal_id}, Verification Attempts: ${attempts}`;
}
