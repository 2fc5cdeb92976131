import type { Log } from '../telemetry/log.ts';

/**
 * Runs `work` at once and every `intervalMs`, one pass at a time. The returned function ends that; it resolves once the pass
 * under way has ended.
 */
export function repeat(intervalMs: number, log: Log, work: () => Promise<unknown>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let stopped = false;
  const pass = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // What was cut off by the end of the program is no failure.
      if (stopped) log.debug({ err: error }, 'background work ended by the stop');
      else log.warn({ err: error }, 'background work failed, trying again later');
    }
  };
  const run = (): void => {
    running ??= pass().finally(() => {
      running = undefined;
    });
  };
  run();
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}
