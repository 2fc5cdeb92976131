/** Source of cron messages: sends each trigger word to the worker-trigger queue at its interval. */
export interface Scheduler {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const TRIGGER_WORDS = ['Snos', 'Proving', 'ProofRegistration', 'DataSubmission', 'UpdateState'] as const;
export type TriggerWord = (typeof TRIGGER_WORDS)[number];
