import type { Queue, QueueName, QueueSet } from '../../queues/queue.ts';

/** Is told of calls to a dependency, and passes on what they answer. */
export interface CallObserver {
  /** `patient`: a call that may last, so that only its failure says something. */
  observe<T>(call: () => Promise<T>, options: { readonly patient: boolean }): Promise<T>;
}

/** The port, every call of it seen by the observer; those named `patient` may last. */
export function observedCalls<P extends object>(
  port: P,
  observer: CallObserver,
  patient: readonly (keyof P & string)[] = [],
): P {
  const lasting: ReadonlySet<string | symbol> = new Set(patient);
  return new Proxy(port, {
    get: (_, property) => {
      const value: unknown = Reflect.get(port, property);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) =>
        observer.observe(async () => (await Reflect.apply(value, port, args)) as unknown, {
          patient: lasting.has(property),
        });
    },
  });
}

/** The queues, every call of each seen by the observer. */
export function observedQueues(queues: QueueSet, observer: CallObserver): QueueSet {
  const known = new Map<QueueName, Queue>();
  return {
    metered: queues.metered,
    queue: (name) => {
      const queue = known.get(name) ?? observedCalls(queues.queue(name), observer, ['receive']);
      known.set(name, queue);
      return queue;
    },
    close: () => queues.close(),
  };
}
