import { decimal, integer, path } from '../kinds.ts';
import { defaulted, optional } from '../setting.ts';

const SECONDS = integer(1, 86_400);
const CONCURRENCY = integer(1, 1000);
/** Seconds between cron messages. */
export const INTERVAL = decimal(0.05, 86_400);

/** Names and meaning of the file by which an instance shows that it lives. */
export const HEALTH_FILE = {
  flag: 'health-file',
  env: 'HEALTH_FILE',
  description: 'File that an instance keeps up to date while it lives, one for each; "healthy" looks at it.',
} as const;

/** How this instance works: where it keeps its data, how much it does at once, how long it waits. */
export const serviceSettings = {
  dataDir: defaulted(path, './.data', {
    flag: 'data-dir',
    env: 'DATA_DIR',
    description: 'Directory with jobs, queues and objects; several processes of one host may share it.',
  }),
  healthFile: optional(path, HEALTH_FILE),
  exitWhenSettled: optional(integer(0), {
    flag: 'exit-when-settled',
    env: 'EXIT_WHEN_SETTLED',
    description: 'End with exit code 0 once this block is settled.',
  }),
  leaseSeconds: defaulted(decimal(0.1, 3600), '30', {
    flag: 'lease-seconds',
    env: 'LEASE_SECONDS',
    description: 'Seconds after which the work of an instance that died is taken over.',
  }),
  heartbeatSeconds: optional(decimal(0.02, 3600), {
    flag: 'heartbeat-seconds',
    env: 'HEARTBEAT_SECONDS',
    description: 'Seconds between renewals of a lease; at most half of --lease-seconds, without it a third.',
  }),
  triggerIntervalSeconds: defaulted(INTERVAL, '5', {
    flag: 'interval-seconds',
    aliases: ['cron-time'],
    env: ['EVENT_BRIDGE_INTERVAL_SECONDS', 'EVENT_BRIDGE_CRON_TIME'],
    description: 'Seconds between looks for new blocks and for jobs that are missing.',
  }),
  gracefulShutdownSeconds: defaulted(integer(0, 86_400), '120', {
    flag: 'graceful-shutdown-timeout',
    env: 'GRACEFUL_SHUTDOWN_TIMEOUT',
    description: 'Seconds that running jobs get to finish when the program is asked to stop.',
  }),
  retentionDays: defaulted(integer(1, 36_500), '14', {
    flag: 'storage-expiration-days',
    env: 'STORAGE_EXPIRATION_DAYS',
    description: 'Days that the artifacts of a settled block are kept.',
  }),
  blockBuffer: defaulted(integer(1, 100_000), '50', {
    flag: 'snos-job-buffer-size',
    env: 'SNOS_JOB_BUFFER_SIZE',
    description: 'Most blocks that are on their way at a time.',
  }),
  snosConcurrency: defaulted(CONCURRENCY, '5', {
    flag: 'max-concurrent-snos-jobs',
    env: 'MAX_CONCURRENT_SNOS_JOBS',
    description: 'SNOS runs of this instance at a time.',
  }),
  provingConcurrency: defaulted(CONCURRENCY, '10', {
    flag: 'max-concurrent-proving-jobs',
    env: 'MAX_CONCURRENT_PROVING_JOBS',
    description: 'Proving jobs of this instance at a time.',
  }),
  proofRegistrationConcurrency: defaulted(CONCURRENCY, '10', {
    flag: 'max-concurrent-proof-registration-jobs',
    env: 'MAX_CONCURRENT_PROOF_REGISTRATION_JOBS',
    description: 'Proof registrations of this instance at a time.',
  }),
  dataSubmissionConcurrency: defaulted(CONCURRENCY, '10', {
    flag: 'max-concurrent-data-submission-jobs',
    env: 'MAX_CONCURRENT_DATA_SUBMISSION_JOBS',
    description: 'Data submissions of this instance at a time.',
  }),
  stateTransitionConcurrency: defaulted(CONCURRENCY, '10', {
    flag: 'max-concurrent-state-transition-jobs',
    env: 'MAX_CONCURRENT_STATE_TRANSITION_JOBS',
    description: 'State transitions of this instance at a time; they are sent in block order whatever this says.',
  }),
  snosTimeoutSeconds: defaulted(SECONDS, '300', {
    flag: 'snos-job-timeout-seconds',
    env: 'SNOS_JOB_TIMEOUT_SECONDS',
    description: 'Most seconds that one attempt at a SNOS run may take.',
  }),
  provingTimeoutSeconds: defaulted(SECONDS, '300', {
    flag: 'proving-job-timeout-seconds',
    env: 'PROVING_JOB_TIMEOUT_SECONDS',
    description: 'The same for handing a run to the prover.',
  }),
  proofRegistrationTimeoutSeconds: defaulted(SECONDS, '300', {
    flag: 'proof-registration-timeout-seconds',
    env: 'PROOF_REGISTRATION_TIMEOUT_SECONDS',
    description: 'The same for proof registrations.',
  }),
  dataSubmissionTimeoutSeconds: defaulted(SECONDS, '300', {
    flag: 'data-submission-timeout-seconds',
    env: 'DATA_SUBMISSION_TIMEOUT_SECONDS',
    description: 'The same for data submissions.',
  }),
  stateTransitionTimeoutSeconds: defaulted(SECONDS, '300', {
    flag: 'state-transition-timeout-seconds',
    env: 'STATE_TRANSITION_TIMEOUT_SECONDS',
    description: 'The same for sending a state update.',
  }),
} as const;
