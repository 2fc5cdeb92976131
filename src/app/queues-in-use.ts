import { QUEUE_NAMES, type QueueName } from '../queues/queue.ts';

/** Queues that must be there: all but those of proof registration, a stage that no prover of this version needs. */
export const QUEUES_IN_USE: readonly QueueName[] = QUEUE_NAMES.filter(
  (name) => !name.startsWith('proof_registration_'),
);
