import type { Queue, QueueSet } from '../../src/queues/queue.ts';

/** A port of which every call goes through `around`, which may fail it before or after its effect. */
export function intercept<T extends object>(
  target: T,
  around: (method: string, run: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get: (_, property) => {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) =>
        around(String(property), async () => (await Reflect.apply(value, target, args)) as unknown, args);
    },
  });
}

/** Queues of which every call goes through `around`. */
export function interceptQueues(
  queues: QueueSet,
  around: (method: string, run: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): QueueSet {
  const known = new Map<string, Queue>();
  return {
    metered: queues.metered,
    queue: (name) => {
      const queue = known.get(name) ?? intercept(queues.queue(name), around);
      known.set(name, queue);
      return queue;
    },
    close: () => queues.close(),
  };
}
