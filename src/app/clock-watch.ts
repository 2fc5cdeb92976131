import type { AlertSink } from '../alerts/alert-sink.ts';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';

export interface ClockWatchOptions {
  /** Name of this instance in leases and logs. */
  readonly instance: string;
  readonly clock: Clock;
  /** Milliseconds since any instant, which nobody sets: `performance.now()`. */
  readonly steadyNow: () => number;
  /** Must neither wait nor fail. */
  readonly alerts: AlertSink;
  readonly log: Log;
}

const LOOK_MS = 3_000;
/** What instances' clocks may differ by. */
const TOLERATED_MS = 5_000;

/**
 * Tells operators when the clock of this host is set back, until the returned function is called. What waits does so for
 * an instant by that clock, so it would stand still without a word. Nothing else is done about it.
 */
export function watchClock(options: ClockWatchOptions): () => void {
  const { clock, steadyNow } = options;
  let wall = clock.now();
  let steady = steadyNow();
  const look = (): void => {
    cancel = clock.after(LOOK_MS, look);
    const expected = wall + (steadyNow() - steady);
    wall = clock.now();
    steady = steadyNow();
    if (expected - wall > TOLERATED_MS) tell(options, wall, expected);
  };
  let cancel = clock.after(LOOK_MS, look);
  return () => cancel();
}

function tell({ instance, alerts, log }: ClockWatchOptions, now: number, expected: number): void {
  const setBackMs = Math.round(expected - now);
  const until = new Date(expected).toISOString();
  log.error({ instance, setBackMs, until }, 'the clock of this host was set back, so what waits stands still');
  const text = [
    `The clock of the host of ${instance} was set back by ${Math.round(setBackMs / 1000)} s.`,
    `What was due already may stand still until it shows ${until} again: messages that were ready, jobs' next steps and retries, leases of instances that have ended. What is due later comes late by as much.`,
    'Set the clock right if the step was a mistake; otherwise the work goes on by itself at that time.',
  ].join('\n');
  void alerts.send({ fingerprint: `clock set back:${instance}:${until}`, text });
}
