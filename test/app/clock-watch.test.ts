import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryAlertSink } from '../../src/alerts/memory-alert-sink.ts';
import { watchClock } from '../../src/app/clock-watch.ts';
import type { Clock } from '../../src/clock/clock.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const START = Date.UTC(2026, 0, 1, 12);

describe('the watch of the clock', () => {
  let steady: VirtualClock;
  /** What the wall clock shows beyond the steady one. */
  let shift: number;
  let alerts: MemoryAlertSink;
  let errors: unknown[];
  let stop: () => void;

  beforeEach(() => {
    steady = new VirtualClock({ start: START });
    shift = 0;
    alerts = new MemoryAlertSink();
    errors = [];
    const silent = () => undefined;
    const log: Log = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (facts) => errors.push(facts),
      child: () => log,
    };
    const clock: Clock = {
      now: () => steady.now() + shift,
      sleep: (ms, signal) => steady.sleep(ms, signal),
      after: (ms, callback) => steady.after(ms, callback),
    };
    stop = watchClock({ instance: 'host-1', clock, steadyNow: () => steady.now() - START, alerts, log });
  });
  afterEach(() => stop());

  it('tells once by how much the clock was set back and what stands still until when', async () => {
    await steady.advance(60_000);
    shift = -3_600_000;
    await steady.advance(60_000);
    expect(errors).toEqual([{ instance: 'host-1', setBackMs: 3_600_000, until: '2026-01-01T12:01:03.000Z' }]);
    expect(alerts.alerts).toHaveLength(1);
    expect(alerts.alerts[0]?.text).toMatch(
      /host-1 was set back by 3600 s[\s\S]*2026-01-01T12:01:03.000Z[\s\S]*messages[\s\S]*leases/,
    );
  });

  it('tells each step back by itself', async () => {
    for (const step of [6_000, 60_000]) {
      shift -= step;
      await steady.advance(10_000);
    }
    expect(errors).toMatchObject([{ setBackMs: 6_000 }, { setBackMs: 60_000 }]);
    expect(new Set(alerts.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  it('says nothing of small corrections and steps forward', async () => {
    for (const step of [-5_000, 3_600_000, -4_000, -4_000]) {
      shift += step;
      await steady.advance(10_000);
    }
    await steady.advance(3_600_000);
    expect(errors).toEqual([]);
    expect(alerts.alerts).toEqual([]);
  });

  it('is over when it is stopped', async () => {
    stop();
    shift = -3_600_000;
    await steady.advance(60_000);
    expect(errors).toEqual([]);
  });
});
