import { describe, expect, it } from '@jest/globals';
import { type AlertClaims, TELLING_MS } from '../../src/alerts/alert-claims.ts';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { DeduplicatedAlertSink } from '../../src/alerts/deduplicated-alert-sink.ts';
import { LockAlertClaims } from '../../src/alerts/lock-alert-claims.ts';
import { ObjectAlertClaims } from '../../src/alerts/object-alert-claims.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const alert: Alert = { fingerprint: 'job:1:7', text: 'Job Failed Alert' };
const refused = { code: 'ALERTS_UNAVAILABLE', retry: 'transient' };

describe.each(['locks', 'objects'] as const)('DeduplicatedAlertSink over %s', (kind) => {
  function world() {
    const clock = new VirtualClock();
    const locks = new MemoryLockStore(clock);
    const objects = new MemoryObjectStore();
    const sent: Alert[] = [];
    const claimsOf = (owner: string): AlertClaims =>
      kind === 'locks' ? new LockAlertClaims(locks, owner) : new ObjectAlertClaims(objects, clock, owner);
    const deliver = async (one: Alert): Promise<void> => void sent.push(one);
    const sink = (owner: string, send: (one: Alert) => Promise<void> = deliver, claims = claimsOf(owner)) =>
      new DeduplicatedAlertSink({ sink: { send }, claims, log: silentLog });
    return { clock, sent, sink, claimsOf };
  }

  it('sends an alert once, by however many instances and however often', async () => {
    const { sent, sink, clock } = world();
    const sinks = ['one', 'two', 'three'].map((owner) => sink(owner));
    await Promise.allSettled(sinks.flatMap((each) => [each.send(alert), each.send(alert)]));
    expect(sent).toEqual([alert]);
    await clock.advance(86_400_000);
    for (const each of sinks) await each.send(alert);
    expect(sent).toEqual([alert]);
    await sinks[1]?.send({ ...alert, fingerprint: 'job:1:9' });
    expect(sent).toHaveLength(2);
  });

  it('does not call an alert told that another is still sending', async () => {
    const { sent, sink } = world();
    let fail: (error: Error) => void = () => undefined;
    let slow: Promise<void> = Promise.resolve();
    await new Promise<void>((started) => {
      slow = sink('one', async () => {
        started();
        await new Promise((_, reject) => {
          fail = reject;
        });
      }).send(alert);
    });
    await expect(sink('two').send(alert)).rejects.toMatchObject(refused);
    fail(new Error('the topic does not answer'));
    await expect(slow).rejects.toThrow('the topic does not answer');
    await sink('two').send(alert);
    expect(sent).toEqual([alert]);
  });

  it('is told by another when an instance dies over it', async () => {
    const { clock, sent, sink } = world();
    void sink('dies', () => new Promise(() => undefined)).send(alert);
    await clock.advance(TELLING_MS - 1_000);
    await expect(sink('two').send(alert)).rejects.toMatchObject(refused);
    await clock.advance(2_000);
    void sink('dies too', () => new Promise(() => undefined)).send(alert);
    await clock.advance(TELLING_MS + 1_000);
    await sink('three').send(alert);
    expect(sent).toEqual([alert]);
  });

  it('does not fail an alert that was sent because that cannot be noted', async () => {
    const { sent, sink, claimsOf } = world();
    const claims = claimsOf('one');
    const forgetful: AlertClaims = {
      claim: (fingerprint) => claims.claim(fingerprint),
      release: (fingerprint) => claims.release(fingerprint),
      told: () => Promise.reject(new Error('the store does not answer')),
    };
    await sink('one', undefined, forgetful).send(alert);
    expect(sent).toEqual([alert]);
  });
});
