import { AsyncLocalStorage } from 'node:async_hooks';
import type { Job } from '../../src/jobs/job.ts';
import type { JobHandler } from '../../src/jobs/job-handler.ts';
import type { QueueSet } from '../../src/queues/queue.ts';
import { describeCall, phaseOfQueue } from './call-detail.ts';
import type { PortName } from './port-methods.ts';

/** A place where the program can die: one port call of one situation. Equal in every run that comes to it. */
export interface CrashPoint {
  /** Says everything that tells it from others. */
  readonly id: string;
  /** `Port.method` */
  readonly call: string;
  /** `<job type>/<phase>`, `start` or `planning`. */
  readonly context: string;
}

export type Side = 'before' | 'after';

/** One execution of a handler, or the start of the program. */
interface Execution {
  readonly context: string;
  readonly counts: Map<string, number>;
  /** Answers that decide where an execution goes on: nothing found, refused, a kind. */
  readonly turns: string[];
}

/**
 * Watches every port call of a program. Within a handler a point is the n-th call of its kind after the same decisive
 * answers: a handler has no other memory, so that two executions with the same history are one situation, however
 * often a poll repeats it. Outside of handlers (claims, commits, queues, planning) it is the call and what it is about.
 */
export class CallRecorder {
  readonly #seen: (point: CrashPoint, side: Side) => void;
  readonly #executions = new AsyncLocalStorage<Execution>();
  readonly #jobs = new Map<string, Job>();

  constructor(seen: (point: CrashPoint, side: Side) => void) {
    this.#seen = seen;
  }

  /** The port with its calls watched. */
  port<T extends object>(port: PortName, target: T, about?: string): T {
    return new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name);
        if (typeof member !== 'function' || typeof name === 'symbol') return member;
        return (...args: unknown[]) => {
          const { point, execution, label } = this.#point(port, name, args, about);
          this.#seen(point, 'before');
          const answer: unknown = member.apply(object, args);
          if (!(answer instanceof Promise)) {
            this.#seen(point, 'after');
            return answer;
          }
          return answer.then(
            (value: unknown) => {
              const turn = turnOf(point.call, value);
              if (turn !== undefined) execution?.turns.push(`${label}=${turn}`);
              this.#seen(point, 'after');
              return value;
            },
            (error: unknown) => {
              execution?.turns.push(`${label}=error`);
              this.#seen(point, 'after');
              throw error;
            },
          );
        };
      },
    });
  }

  queues(target: QueueSet): QueueSet {
    const watched = this.port('QueueSet', target);
    const queue: QueueSet['queue'] = (name) => this.port('Queue', watched.queue(name), name);
    return { metered: target.metered, queue, close: () => watched.close() };
  }

  /** The handlers, each execution told from the others. */
  handlers<K extends string>(handlers: Partial<Record<K, JobHandler>>): Partial<Record<K, JobHandler>> {
    const watched = Object.entries<JobHandler>(handlers as Record<string, JobHandler>).map(([type, handler]) => [
      type,
      {
        process: (job, work) => this.within(`${type}/process`, () => handler.process(job, work)),
        verify: (job, work) => this.within(`${type}/verify`, () => handler.verify(job, work)),
      } satisfies JobHandler,
    ]);
    return Object.fromEntries(watched) as Partial<Record<K, JobHandler>>;
  }

  within<T>(context: string, work: () => Promise<T>): Promise<T> {
    return this.#executions.run({ context, counts: new Map(), turns: [] }, work);
  }

  #point(port: PortName, method: string, args: readonly unknown[], about: string | undefined) {
    const execution = this.#executions.getStore();
    const call = `${port}.${method}`;
    const { detail, concerns } = describeCall(port, method, args, this.#jobs);
    const label = `${call}(${about ?? detail})`;
    if (execution === undefined) {
      const phase = concerns ?? (about === undefined ? undefined : phaseOfQueue(about));
      const id = phase === undefined ? `planning: ${label}` : `${phase}: engine ${label}`;
      return { point: { id, call, context: phase ?? 'planning' }, execution, label };
    }
    const { context, counts, turns } = execution;
    const ordinal = (counts.get(label) ?? 0) + 1;
    counts.set(label, ordinal);
    const history = turns.length === 0 ? '' : ` after ${turns.toSorted().join(', ')}`;
    return { point: { id: `${context}: ${label} #${ordinal}${history}`, call, context }, execution, label };
  }
}

/** Calls whose answer says where the work stands. */
const TELLING: ReadonlySet<string> = new Set(['Prover.status', 'Settlement.track']);

function turnOf(call: string, answer: unknown): string | undefined {
  if (answer === undefined) return 'nothing';
  if (answer === false) return 'no';
  if (!TELLING.has(call) || typeof answer !== 'object' || answer === null || !('kind' in answer)) return undefined;
  return String(answer.kind);
}
