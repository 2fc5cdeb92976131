import { afterEach, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { InfrastructureMonitor } from '../../src/app/infrastructure-monitor/infrastructure-monitor.ts';
import { type CallObserver, observedQueues } from '../../src/app/infrastructure-monitor/observed-calls.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import type { ErrorCode } from '../../src/errors/error-code.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { intercept, interceptQueues } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';

type System = 'database' | 'queues' | 'objects' | 'alerts';
/** Refusing systems say so after a while; frozen ones say nothing until they are thawed, or until the caller gives up. */
type Condition = 'well' | 'refuses' | 'frozen';

const CODES: Readonly<Record<System, ErrorCode>> = {
  database: 'DATABASE_UNAVAILABLE',
  queues: 'QUEUE_UNAVAILABLE',
  objects: 'STORAGE_UNAVAILABLE',
  alerts: 'ALERTS_UNAVAILABLE',
};
/** A driver's own limit. */
const GIVES_UP_MS = 30_000;

class World {
  readonly clock = new VirtualClock();
  readonly sent: Alert[] = [];
  readonly #conditions = new Map<System, Condition>();
  readonly #work = new AbortController();
  readonly #monitors: InfrastructureMonitor[] = [];
  readonly #store = new MemoryJobStore();
  readonly #locks = new MemoryLockStore(this.clock);
  readonly #queues = new MemoryQueues(this.clock);
  readonly #objects = new MemoryObjectStore();

  set(system: System, condition: Condition): void {
    this.#conditions.set(system, condition);
  }

  /** Starts an instance that asks every system something twice a second. */
  instance(name: string, { everyMs = 500 } = {}): void {
    const around = (system: System) => (_: string, run: () => Promise<unknown>) => this.#around(system, run);
    const monitor = new InfrastructureMonitor({
      store: intercept(this.#store, around('database')),
      locks: intercept(this.#locks, around('database')),
      queues: interceptQueues(this.#queues, around('queues')),
      objects: intercept(this.#objects, around('objects')),
      alerts: { send: (alert) => this.#around('alerts', async () => void this.sent.push(alert)) as Promise<void> },
      clock: this.clock,
      log: silentLog,
      instance: name,
    });
    this.#monitors.push(monitor);
    const { store, queues, objects } = monitor;
    void this.#ask(everyMs, () => store.due(this.clock.now(), 10));
    void this.#ask(everyMs, () => queues.queue('worker_trigger').setVisibility('none', 1));
    void this.#ask(everyMs, () => queues.queue('worker_trigger').receive({ max: 1, visibilityMs: 1, waitMs: 20_000 }));
    void this.#ask(everyMs, () => objects.head('1/a'));
  }

  get told(): string[] {
    return this.sent.map(({ text }) => text.split(/[,\n]| answers/)[0] ?? '');
  }

  async end(): Promise<void> {
    this.#work.abort();
    await Promise.all(this.#monitors.map((monitor) => monitor.stop(0)));
  }

  async #ask(everyMs: number, call: () => Promise<unknown>): Promise<void> {
    while (!this.#work.signal.aborted) {
      await call().catch(() => undefined);
      await this.clock.sleep(everyMs);
    }
  }

  async #around(system: System, run: () => Promise<unknown>): Promise<unknown> {
    const { clock } = this;
    const refused = new OrchestratorError(CODES[system], `${system} is down`, { retry: 'dependency-down' });
    await clock.sleep(3);
    for (const end = clock.now() + GIVES_UP_MS; this.#conditions.get(system) === 'frozen'; await clock.sleep(250)) {
      if (clock.now() >= end) throw refused;
    }
    if (this.#conditions.get(system) === 'refuses') throw refused;
    return run();
  }
}

describe('InfrastructureMonitor', () => {
  let world: World;
  const start = async (everyMs = 500): Promise<void> => {
    world = new World();
    for (const name of ['one', 'two', 'three']) world.instance(name, { everyMs });
    await world.clock.advance(30_000);
  };
  const during = async (ms: number, condition: Condition, ...systems: System[]): Promise<void> => {
    for (const system of systems) world.set(system, condition);
    await world.clock.advance(ms);
    for (const system of systems) world.set(system, 'well');
  };
  afterEach(() => world.end());

  it.each([
    ['database', 'frozen'],
    ['database', 'refuses'],
    ['queues', 'frozen'],
    ['queues', 'refuses'],
    ['objects', 'frozen'],
    ['objects', 'refuses'],
  ] as const)(
    'tells once that the %s, which is %s for 20 s, is down, and once that it is back',
    async (system, how) => {
      await start();
      await during(20_000, how, system);
      expect(world.told).toEqual([`Infrastructure down: ${system}`]);
      await world.clock.advance(120_000);
      expect(world.told).toEqual([`Infrastructure down: ${system}`, `Infrastructure back: ${system}`]);
      const [, seconds] = /after (\d+) s/.exec(world.sent[1]?.text ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThanOrEqual(19);
      expect(Number(seconds)).toBeLessThanOrEqual(21);
    },
  );

  it.each(['database', 'queues', 'objects'] as const)('tells every outage of the %s anew', async (system) => {
    await start();
    for (let round = 1; round <= 3; round += 1) {
      await during(40_000, 'refuses', system);
      await world.clock.advance(60_000);
      expect(world.sent).toHaveLength(2 * round);
    }
  });

  it('says nothing of interruptions under the limit, however many', async () => {
    await start();
    for (let round = 0; round < 10; round += 1) {
      await during(4_000, round % 2 === 0 ? 'frozen' : 'refuses', 'database', 'queues', 'objects');
      await world.clock.advance(1_500);
    }
    await world.clock.advance(60_000);
    expect(world.told).toEqual([]);
  });

  it('takes a system that comes and goes for one outage', async () => {
    await start();
    for (let round = 0; round < 10; round += 1) {
      await during(12_000, 'refuses', 'queues');
      await world.clock.advance(2_000);
    }
    await world.clock.advance(60_000);
    expect(world.told).toEqual(['Infrastructure down: queues', 'Infrastructure back: queues']);
  });

  it('tells an outage that goes on for long once', async () => {
    await start(10_000);
    for (const system of ['database', 'queues'] as const) {
      await during(45 * 60_000, 'refuses', system);
      await world.clock.advance(120_000);
    }
    expect(world.told).toEqual([
      'Infrastructure down: database',
      'Infrastructure back: database',
      'Infrastructure down: queues',
      'Infrastructure back: queues',
    ]);
  });

  it.each(['frozen', 'refuses'] as const)(
    'sends later what it could not send while alerts were %s too',
    async (how) => {
      await start();
      world.set('alerts', how);
      await during(20_000, how, 'database');
      await world.clock.advance(60_000);
      expect(world.told).toEqual([]);
      world.set('alerts', 'well');
      await world.clock.advance(300_000);
      expect(world.told).toEqual(['Infrastructure down: database', 'Infrastructure back: database']);
    },
  );

  it('tells all that is down with the service behind it, each once', async () => {
    await start();
    await during(20_000, 'frozen', 'queues', 'objects', 'alerts');
    await world.clock.advance(300_000);
    expect([...world.told].sort()).toEqual([
      'Infrastructure back: objects',
      'Infrastructure back: queues',
      'Infrastructure down: objects',
      'Infrastructure down: queues',
    ]);
  });

  it('tells it rather twice than never when instances cannot agree', async () => {
    await start();
    await during(60_000, 'refuses', 'database', 'objects');
    expect(world.told).toContain('Infrastructure down: database');
    expect(world.told).toContain('Infrastructure down: objects');
    await world.clock.advance(120_000);
    expect(world.told.filter((text) => text === 'Infrastructure back: database').length).toBeGreaterThan(0);
    expect(world.sent.length).toBeLessThanOrEqual(12);
  });

  it('does not tell again what an instance notices when it is over', async () => {
    await start();
    world.instance('rarely', { everyMs: 45_000 });
    for (let round = 0; round < 5; round += 1) {
      await during(20_000, 'frozen', 'database', 'queues');
      await world.clock.advance(100_000);
    }
    expect(world.sent).toHaveLength(20);
  });
});

it.each([true, false])('queues that charge for calls: %s, are still known to while they are watched', (metered) => {
  const queues = Object.assign(new MemoryQueues(new VirtualClock()), { metered });
  const observer: CallObserver = { observe: (call) => call() };
  expect(observedQueues(queues, observer).metered).toBe(metered);
});
