/** Source of cron messages: sends each trigger word to the worker-trigger queue at its interval. */
export interface Scheduler {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const TRIGGER_WORDS = ['Snos', 'Proving', 'ProofRegistration', 'DataSubmission', 'UpdateState'] as const;
export type TriggerWord = (typeof TRIGGER_WORDS)[number];

/** The word in a trigger message: bare, or as the JSON string that EventBridge sends; undefined when it is none. */
export function decodeTrigger(body: string): TriggerWord | undefined {
  const word = body.trim().replace(/^"(.*)"$/, '$1');
  return TRIGGER_WORDS.find((known) => known === word);
}
