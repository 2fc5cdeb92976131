import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keepHealthFile, readHealthFile } from '../../src/app/health/health-file.ts';
import { judgeHealth } from '../../src/app/health/judge-health.ts';
import { type Log, silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

let folder: string;
let path: string;
let clock: VirtualClock;
let stop: AbortController;
let warnings: string[];
let log: Log;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'health-file-'));
  path = join(folder, 'health.json');
  clock = new VirtualClock({ start: 1_700_000_000_000 });
  stop = new AbortController();
  warnings = [];
  log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
});

afterEach(() => rmSync(folder, { recursive: true }));

function keep(): () => void {
  return keepHealthFile(path, { instance: 'host-1', stop: stop.signal, clock, log });
}

describe('the health file of an instance', () => {
  it('is there at once, is kept up to date, and goes with the instance', async () => {
    const end = keep();
    expect(readHealthFile(path)).toEqual({ instance: 'host-1', state: 'working', at: '2023-11-14T22:13:20.000Z' });
    await clock.advance(25_000);
    expect(readHealthFile(path)?.at).toBe('2023-11-14T22:13:40.000Z');
    stop.abort();
    await clock.advance(10_000);
    expect(readHealthFile(path)).toMatchObject({ state: 'stopping', at: '2023-11-14T22:13:50.000Z' });
    end();
    expect(readdirSync(folder)).toEqual([]);
    await clock.advance(60_000);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not written where nobody asked for it', async () => {
    keepHealthFile(undefined, { instance: 'host-1', stop: stop.signal, clock, log })();
    expect(clock.nextAt()).toBeUndefined();
  });

  it('that cannot be written is said once an outage, and tried again', async () => {
    mkdirSync(`${path}.tmp`);
    const end = keep();
    await clock.advance(30_000);
    expect(warnings).toEqual(['the health file cannot be written, trying again']);
    rmSync(`${path}.tmp`, { recursive: true });
    await clock.advance(10_000);
    expect(readHealthFile(path)?.at).toBe('2023-11-14T22:14:00.000Z');
    mkdirSync(`${path}.tmp`);
    await clock.advance(10_000);
    expect(warnings).toHaveLength(2);
    end();
  });
});

describe('an instance is healthy', () => {
  it('for a minute after each report, also while it drains', async () => {
    expect(judgeHealth(path, clock).healthy).toBe(false);
    keep();
    stop.abort();
    await clock.advance(10_000);
    const last = clock.now();
    // As if it had stopped turning: time goes on without it.
    const later = new VirtualClock({ start: last + 59_999 });
    expect(judgeHealth(path, later)).toEqual({ healthy: true, reason: 'host-1 is stopping, as it said 60 s ago' });
    expect(judgeHealth(path, new VirtualClock({ start: last + 60_000 })).healthy).toBe(false);
  });

  it('not when there is no report, or none that can be read', () => {
    const reason = `no instance reports in ${path}: none has started, or it has ended`;
    expect(judgeHealth(path, clock)).toEqual({ healthy: false, reason });
    for (const text of ['', '{', '{"instance":"host-1","state":"working","at":"yesterday"}']) {
      writeFileSync(path, text);
      expect(judgeHealth(path, clock)).toEqual({ healthy: false, reason: `${path} is no health report` });
    }
  });
});
