import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../telemetry/log.ts';

const healthReport = z.object({
  instance: z.string(),
  state: z.enum(['working', 'stopping']),
  /** When it was written. */
  at: z.iso.datetime(),
});

/** What an instance says of itself: that its event loop turns, not that blocks move. */
export type HealthReport = z.infer<typeof healthReport>;

export interface HealthFileOptions {
  readonly instance: string;
  /** Once it has fired the instance says that it is stopping. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

const REPORT_MS = 10_000;

/**
 * Writes a report now and every ten seconds, until the returned function is called, which removes the file. A file that
 * cannot be written is said once and tried again: work does not depend on it. Without a path nothing is written.
 */
export function keepHealthFile(path: string | undefined, options: HealthFileOptions): () => void {
  if (path === undefined) return () => undefined;
  const { instance, stop, clock, log } = options;
  let cancel: () => void = () => undefined;
  let isBroken = false;
  const report = (): void => {
    cancel = clock.after(REPORT_MS, report);
    const state = stop.aborted ? 'stopping' : 'working';
    try {
      writeReport(path, { instance, state, at: new Date(clock.now()).toISOString() });
      isBroken = false;
    } catch (error) {
      if (!isBroken) log.warn({ err: error, path }, 'the health file cannot be written, trying again');
      isBroken = true;
    }
  };
  report();
  return () => {
    cancel();
    try {
      rmSync(path, { force: true });
    } catch (error) {
      log.warn({ err: error, path }, 'the health file cannot be removed');
    }
  };
}

/** The last report; undefined when there is none, or none that can be read. */
export function readHealthFile(path: string): HealthReport | undefined {
  try {
    return healthReport.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** A reader sees the old report or the new one, never half of one; and no report comes after the removal. */
function writeReport(path: string, report: HealthReport): void {
  const unfinished = `${path}.tmp`;
  writeFileSync(unfinished, JSON.stringify(report));
  renameSync(unfinished, path);
}
