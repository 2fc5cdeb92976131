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

  it('is told as back once, by the first that sees it, however many saw it down and whenever they come', async () => {
    const { clock, alerts, instance } = world();
    const [one, two, three] = [instance('one'), instance('two'), instance('three')];
    const texts = () => alerts.alerts.map(({ text }) => text.split('.')[0]);
    await one.failed('starknet-node', 0.5);
    await three.failed('starknet-node', 0.5);
    await clock.advance(20_000);
    await Promise.all([two.succeeded('starknet-node'), three.succeeded('starknet-node')]);
    expect(texts()).toEqual(['Dependency down: starknet-node', 'Dependency back: starknet-node']);
    await clock.advance(11 * 60_000);
    for (const health of [one, two, three]) await health.succeeded('starknet-node');
    expect(texts()).toHaveLength(2);
    await two.failed('starknet-node', 0.5);
    await one.succeeded('starknet-node');
    await two.succeeded('starknet-node');
    expect(texts().slice(2)).toEqual(['Dependency down: starknet-node', 'Dependency back: starknet-node']);
  });

  it('is told as back once when nobody has noticed its outage for long', async () => {
    const { clock, alerts, instance } = world();
    const health = instance('one');
    await health.failed('prover', 0.5);
    await clock.advance(86_400_000);
    await Promise.all([health.succeeded('prover'), instance('started since').succeeded('prover')]);
    await health.succeeded('prover');
    expect(alerts.alerts.map(({ text }) => text)).toEqual([
      'Dependency down: prover. Jobs wait for it; no attempt is used up.',
      'Dependency back: prover.',
    ]);
  });

  it('asks for another call when the end could not be told, and then tells it once', async () => {
    const { alerts, clock, instance } = world();
    const [one, two] = [instance('one'), instance('two')];
    await one.failed('prover', 0.5);
    const send = alerts.send.bind(alerts);
    alerts.send = () => Promise.reject(new Error('the topic does not answer'));
    expect(await one.succeeded('prover')).toBe(false);
    alerts.send = send;
    expect(await two.succeeded('prover')).toBe(true);
    await clock.advance(60_000);
    expect(await one.succeeded('prover')).toBe(true);
    expect(alerts.alerts.slice(1).map(({ text }) => text)).toEqual(['Dependency back: prover.']);
  });

  it('tries once a minute to tell an end, with one fingerprint, until it is taken or the next outage begins', async () => {
    const { alerts, clock, instance } = world();
    const health = instance('one');
    await health.failed('prover', 0.5);
    const tries: string[] = [];
    alerts.send = ({ fingerprint }) => {
      tries.push(fingerprint);
      return Promise.reject(new Error('not authorized to publish'));
    };
    for (let success = 0; success < 18; success += 1) {
      expect(await health.succeeded('prover')).toBe(false);
      await clock.advance(10_000);
    }
    expect(tries).toHaveLength(3);
    expect(new Set(tries).size).toBe(1);
    await health.failed('prover', 0.5);
    await clock.advance(60_000);
    await health.succeeded('prover');
    expect(new Set(tries).size).toBe(2);
  });

  it('does not take two refused requests hours apart for one that lasts', async () => {
    const { clock, alerts, instance } = world();
    const health = instance('one');
    await health.failed('starknet-node', 0.5, 'throttled');
    await clock.advance(4 * 3_600_000);
    await health.failed('starknet-node', 0.5, 'throttled');
    expect(alerts.alerts).toEqual([]);
    await clock.advance(60_000);
    await health.failed('starknet-node', 0.5, 'throttled');
    expect(alerts.alerts).toHaveLength(1);
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
