import { existsSync } from 'node:fs';
import type { Clock } from '../../clock/clock.ts';
import { readHealthFile } from './health-file.ts';

export interface HealthVerdict {
  readonly healthy: boolean;
  /** One sentence without its full stop. */
  readonly reason: string;
}

/** Six reports long: an instance that computes on a busy machine may miss one. */
const FRESH_MS = 60_000;

/** Whether the instance that keeps this file has reported within the last minute. */
export function judgeHealth(path: string, clock: Clock): HealthVerdict {
  const report = readHealthFile(path);
  if (report === undefined) {
    const reason = existsSync(path)
      ? `${path} is no health report`
      : `no instance reports in ${path}: none has started, or it has ended`;
    return { healthy: false, reason };
  }
  const ageMs = clock.now() - Date.parse(report.at);
  const reason = `${report.instance} is ${report.state}, as it said ${Math.round(ageMs / 1000)} s ago`;
  return { healthy: ageMs < FRESH_MS, reason };
}
