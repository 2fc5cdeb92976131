/** Source of cron messages: sends each trigger word to the worker-trigger queue at its interval. */
export interface Scheduler {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export const TRIGGER_WORDS = ['Snos', 'Proving', 'ProofRegistration', 'DataSubmission', 'UpdateState'] as const;
export type TriggerWord = (typeof TRIGGER_WORDS)[number];

/**
 * Words that the cron of older deployments says and nobody needs to hear here: ranges are planned with `Snos`, blobs are made
 * with the proof, and artifacts expire without a trigger.
 */
const NEEDLESS_WORDS: ReadonlySet<string> = new Set([
  'AggregatorBatching',
  'SnosBatching',
  'Aggregator',
  'StorageCleanup',
]);

/** The word in a trigger message: bare, or as the JSON string that EventBridge sends; undefined when it is none. */
export function decodeTrigger(body: string): TriggerWord | undefined {
  const word = wordOf(body);
  return TRIGGER_WORDS.find((known) => known === word);
}

/** True for a trigger message of an older deployment's cron that there is nothing to do for. */
export function isNeedlessTrigger(body: string): boolean {
  return NEEDLESS_WORDS.has(wordOf(body));
}

function wordOf(body: string): string {
  return body.trim().replace(/^"(.*)"$/, '$1');
}
