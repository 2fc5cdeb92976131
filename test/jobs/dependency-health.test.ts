import { describe, expect, it } from '@jest/globals';
import { MemoryAlertSink } from '../../src/alerts/memory-alert-sink.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { DependencyHealth } from '../../src/jobs/dependency-health.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

function world() {
  const clock = new VirtualClock();
  const locks = new MemoryLockStore(clock);
  const alerts = new MemoryAlertSink();
  const instance = (name: string): DependencyHealth =>
    new DependencyHealth({ locks, alerts, clock, log: silentLog, instance: name, toldElsewhere: new Set(['s3']) });
  return { clock, alerts, instance };
}

describe('DependencyHealth', () => {
  it('gives every outage fingerprints of its own', async () => {
    const { clock, alerts, instance } = world();
    const health = instance('one');
    for (let outage = 0; outage < 2; outage += 1) {
      await health.failed('prover', 0.5);
      await health.failed('prover', 0.5);
      await clock.advance(30_000);
      await health.succeeded('prover');
    }
    expect(alerts.alerts.map(({ text }) => text.split('.')[0])).toEqual([
      'Dependency down: prover',
      'Dependency back: prover',
      'Dependency down: prover',
      'Dependency back: prover',
    ]);
    expect(new Set(alerts.alerts.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });

  it('says that one is throttled once that has lasted a minute, also where outages are told elsewhere', async () => {
    const { clock, alerts, instance } = world();
    const health = instance('one');
    const texts = () => alerts.alerts.map(({ text }) => text.split('.')[0]);
    await health.failed('s3', 0.5, 'throttled');
    await clock.advance(59_999);
    await health.failed('s3', 0.5, 'throttled');
    await health.succeeded('s3');
    await health.failed('s3', 0.5, 'throttled');
    await clock.advance(59_999);
    await health.failed('s3', 0.5, 'throttled');
    expect(texts()).toEqual([]);
    await clock.advance(1);
    await health.failed('s3', 0.5, 'throttled');
    await clock.advance(120_000);
    await health.failed('s3', 0.5, 'throttled');
    expect(texts()).toEqual(['Dependency throttled: s3']);
    await health.succeeded('s3');
    expect(texts().slice(1)).toEqual(['Dependency no longer throttled: s3']);
  });

  it('says at once, and once, that one asks for a long pause', async () => {
    const { clock, alerts, instance } = world();
    const health = instance('one');
    for (let tries = 0; tries < 3; tries += 1) {
      await health.failed('starknet-node', 0.5, 'throttled', 3_600_000);
      await clock.advance(3_700_000);
    }
    expect(alerts.alerts.map(({ text }) => text.split('.')[0])).toEqual(['Dependency throttled: starknet-node']);
  });

  it('spaces tries out, and tells nothing, for what is told elsewhere', async () => {
    const { alerts, instance } = world();
    const health = instance('one');
    const waits: number[] = [];
    for (let tries = 0; tries < 4; tries += 1) waits.push(await health.failed('s3', 1));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    await health.succeeded('s3');
    expect(alerts.alerts).toEqual([]);
    expect(await health.failed('s3', 1)).toBe(1_000);
  });
});
