import type { JobType, Phase } from '../jobs/job.ts';
import type { OutgoingMessage, QueueName, ReceivedMessage } from './queue.ts';

const PREFIX: Readonly<Record<JobType, string>> = {
  SnosRun: 'snos_job',
  ProofCreation: 'proving_job',
  ProofRegistration: 'proof_registration_job',
  DataSubmission: 'data_submission_job',
  StateTransition: 'update_state_job',
};

/** Queue that carries a job type's wake-ups for one phase. */
export function queueFor(type: JobType, phase: Phase): QueueName {
  return `${PREFIX[type]}_${phase === 'process' ? 'processing' : 'verification'}` as QueueName;
}

/** What a job's wake-up says. Only `id` is in the body; the rest are attributes, absent on foreign messages. */
export interface JobMessage {
  readonly id: string;
  readonly sequence: number | undefined;
}

export function encodeJobMessage(
  id: string,
  sequence: number,
  phase: Phase,
  version: string,
  delayMs: number,
): OutgoingMessage {
  return {
    body: JSON.stringify({ id }),
    attributes: { OrchestratorVersion: version, Phase: phase, Sequence: String(sequence) },
    delayMs,
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Undefined when the message is not a job message at all. */
export function decodeJobMessage(message: ReceivedMessage): JobMessage | undefined {
  let body: unknown;
  try {
    body = JSON.parse(message.body);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || !('id' in body)) return undefined;
  if (typeof body.id !== 'string' || !UUID.test(body.id)) return undefined;
  const sequence = message.attributes.Sequence;
  return {
    id: body.id,
    sequence: sequence !== undefined && /^\d{1,15}$/.test(sequence) ? Number(sequence) : undefined,
  };
}
