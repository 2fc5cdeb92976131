import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Alert, AlertSink } from '../../src/alerts/alert-sink.ts';
import { MemoryAlertSink } from '../../src/alerts/memory-alert-sink.ts';
import { topicAlerts } from '../../src/app/open-alerts.ts';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import type { LockStore } from '../../src/database/lock-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const alert: Alert = { fingerprint: 'database-down:1', text: 'the database is down' };
const unavailable = () => Promise.reject(new OrchestratorError('DATABASE_UNAVAILABLE', 'down'));
const locksDown: LockStore = { acquire: unavailable, release: unavailable, removeClaims: unavailable };

/** A store in which nobody can tell who was first. */
function unconditional(): ObjectStore {
  const store = new MemoryObjectStore();
  return {
    put: (key, content) => store.put(key, content),
    get: (key) => store.get(key),
    stream: (key) => store.stream(key),
    head: (key) => store.head(key),
    delete: (key) => store.delete(key),
    list: (prefix) => store.list(prefix),
  };
}

let logged: string[];
let log: Log;
let topic: MemoryAlertSink;

beforeEach(() => {
  logged = [];
  topic = new MemoryAlertSink();
  const silent = () => undefined;
  log = { debug: silent, info: silent, warn: silent, error: (_, text) => void logged.push(text), child: () => log };
});

function instance(
  locks: LockStore,
  objects: ObjectStore,
  to: AlertSink = topic,
  clock: Clock = systemClock,
): AlertSink {
  return topicAlerts({ topic: to, locks, objects, clock, entropy: systemEntropy, log });
}

describe('alerts to a topic', () => {
  it('come once from two instances, and are in the log of both', async () => {
    const locks = new MemoryLockStore(systemClock);
    const objects = new MemoryObjectStore();
    await instance(locks, objects).send(alert);
    await instance(locks, objects).send(alert);
    expect(topic.alerts).toEqual([alert]);
    expect(logged).toEqual([alert.text, alert.text]);
  });

  it('are in the log once, however often the topic refuses them', async () => {
    let refusals = 2;
    const moody: AlertSink = {
      send: (one) => (refusals-- > 0 ? Promise.reject(new Error('not now')) : topic.send(one)),
    };
    const sink = instance(new MemoryLockStore(systemClock), new MemoryObjectStore(), moody);
    await expect(sink.send(alert)).rejects.toThrow('not now');
    await expect(sink.send(alert)).rejects.toThrow('not now');
    await sink.send(alert);
    expect(topic.alerts).toEqual([alert]);
    expect(logged).toEqual([alert.text]);
  });

  it('come once from a topic that takes longer than a caller waits, however often they are tried', async () => {
    const clock = new VirtualClock();
    const slow: AlertSink = { send: async (one) => clock.sleep(6_000).then(() => topic.send(one)) };
    const locks = new MemoryLockStore(clock);
    const two = [1, 2].map(() => instance(locks, new MemoryObjectStore(), slow, clock));
    const outcomes: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      for (const sink of two) {
        const sent = sink.send(alert).then(
          () => outcomes.push('told'),
          (error: OrchestratorError) => outcomes.push(error.code),
        );
        await clock.advance(5_000);
        await sent;
      }
    }
    expect(topic.alerts).toEqual([alert]);
    expect(outcomes).toEqual([...Array(2).fill('ALERTS_UNAVAILABLE'), ...Array(6).fill('told')]);
  });

  it('can be tried again when a topic refuses one after longer than a caller waits', async () => {
    const clock = new VirtualClock();
    let refusals = 1;
    const moody: AlertSink = {
      send: async (one) => {
        await clock.sleep(6_000);
        if (refusals-- > 0) throw new Error('not now');
        await topic.send(one);
      },
    };
    const sink = instance(new MemoryLockStore(clock), new MemoryObjectStore(), moody, clock);
    const tried = expect(sink.send(alert)).rejects.toMatchObject({ code: 'ALERTS_UNAVAILABLE' });
    await clock.advance(7_000);
    await tried;
    const again = expect(sink.send(alert)).rejects.toMatchObject({ code: 'ALERTS_UNAVAILABLE' });
    await clock.advance(7_000);
    await again;
    await sink.send(alert);
    expect(topic.alerts).toEqual([alert]);
  });

  it('come once while the database is down, where the object store can tell who is first', async () => {
    const objects = new MemoryObjectStore();
    await instance(locksDown, objects).send(alert);
    await instance(locksDown, objects).send(alert);
    expect(topic.alerts).toEqual([alert]);
  });

  it('are still owed while the database is down and the object store cannot', async () => {
    await expect(instance(locksDown, unconditional()).send(alert)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    expect(topic.alerts).toEqual([]);
  });
});
