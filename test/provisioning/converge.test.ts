import { describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { provisioningFailure, worthWaiting } from '../../src/provisioning/aws/provisioning-failure.ts';
import {
  type ConvergeOptions,
  converge,
  setupTasks,
  supersededTasks,
  teardownTasks,
} from '../../src/provisioning/converge.ts';
import type { Plan, Resource, Step } from '../../src/provisioning/resource.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** A resource that is there or not, and a record of what was done. */
class FakeResource implements Resource {
  readonly kind = 'thing';
  readonly name: string;
  readonly after: readonly Resource[];
  readonly done: string[];
  there = false;
  /** Thrown by the next creations. */
  failures: unknown[] = [];
  /** Looks that do not see yet what was made. */
  unseen = 0;

  constructor(name: string, done: string[], after: readonly Resource[] = []) {
    this.name = name;
    this.done = done;
    this.after = after;
  }

  async setup(): Promise<Plan> {
    const seen = this.there && this.unseen === 0;
    if (this.there && this.unseen > 0) this.unseen -= 1;
    return seen ? { steps: [], outcome: 'unchanged' } : { steps: [this.#step('create', true)], outcome: 'created' };
  }

  async teardown(): Promise<Plan> {
    return this.there ? { steps: [this.#step('delete', false)], outcome: 'removed' } : { steps: [], outcome: 'absent' };
  }

  #step(summary: string, there: boolean): Step {
    const run = async () => {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      this.there = there;
      this.done.push(`${summary} ${this.name}`);
    };
    return { summary, run };
  }
}

function stage() {
  const clock = new VirtualClock();
  const progress: string[] = [];
  const stop = new AbortController();
  const options: ConvergeOptions = {
    clock,
    timeoutMs: 60_000,
    pollIntervalMs: 5000,
    signal: stop.signal,
    worthWaiting,
    failure: provisioningFailure,
    onProgress: (task, text) => void progress.push(`${task.name}: ${text}`),
  };
  /** Lets time pass until it is settled. */
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let open = true;
    const end = promise.finally(() => {
      open = false;
    });
    await new Promise((resolve) => setImmediate(resolve));
    while (open && (await clock.runNext())) await new Promise((resolve) => setImmediate(resolve));
    return await end;
  };
  return { clock, progress, stop, options, settled };
}

const named = (name: string, message = name): Error => Object.assign(new Error(message), { name });

describe('converging', () => {
  it('does what is missing in the order of what needs what, and nothing the second time', async () => {
    const { options, settled, progress } = stage();
    const done: string[] = [];
    const queue = new FakeResource('queue', done);
    const rule = new FakeResource('rule', done, [queue]);
    const first = await settled(converge(setupTasks([rule, queue]), options));
    expect(first.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect([done, progress]).toEqual([
      ['create queue', 'create rule'],
      ['queue: create', 'rule: create'],
    ]);
    const second = await settled(converge(setupTasks([rule, queue]), options));
    expect(second.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged']);
    expect(done).toHaveLength(2);
    await settled(converge(teardownTasks([queue, rule], { deleteData: false }), options));
    expect(done.slice(2)).toEqual(['delete rule', 'delete queue']);
  });

  it('waits for what time mends, and says why', async () => {
    const { options, settled, progress, clock } = stage();
    const queue = new FakeResource('queue', []);
    const recently = named('QueueDeletedRecently', 'wait 60 seconds');
    queue.failures = [recently, recently, recently];
    const start = clock.now();
    const [result] = await settled(converge(setupTasks([queue]), options));
    expect(result?.outcome).toBe('created');
    expect(clock.now() - start).toBe(15_000);
    expect(progress).toEqual(['queue: waiting: wait 60 seconds', 'queue: create']);
  });

  it('ends when the change is seen, not when the call was answered', async () => {
    const { options, settled, clock } = stage();
    const done: string[] = [];
    const queue = new FakeResource('queue', done);
    queue.unseen = 3;
    const start = clock.now();
    const [result] = await settled(converge(setupTasks([queue]), options));
    expect([result?.outcome, clock.now() - start]).toEqual(['created', 15_000]);
  });

  it('gives up at the limit with what is missing', async () => {
    const { options, settled, clock } = stage();
    const queue = new FakeResource('queue', []);
    queue.unseen = 1000;
    const start = clock.now();
    const [result] = await settled(converge(setupTasks([queue]), options));
    expect(result).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('create') } });
    expect(clock.now() - start).toBe(60_000);
  });

  it('reports every failure, keeps back what depends on it, and finishes the rest', async () => {
    const { options, settled } = stage();
    const done: string[] = [];
    const bucket = new FakeResource('bucket', done);
    const topic = new FakeResource('topic', done);
    const queue = new FakeResource('queue', done);
    const rule = new FakeResource('rule', done, [queue]);
    queue.failures = [named('AccessDenied', 'not for you')];
    bucket.failures = [new OrchestratorError('AWS_REFUSED', 'taken')];
    const results = await settled(converge(setupTasks([bucket, topic, queue, rule]), options));
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'created', 'failed', 'skipped']);
    expect(results[2]?.error).toMatchObject({
      code: 'AWS_REFUSED',
      message: 'thing queue: cannot create: AccessDenied: not for you',
      hint: expect.stringContaining('--print-policy'),
    });
    expect(done).toEqual(['create topic']);
    const again = await settled(converge(setupTasks([bucket, topic, queue, rule]), options));
    expect(again.map(({ outcome }) => outcome)).toEqual(['created', 'unchanged', 'created', 'created']);
  });

  it('stops between steps when it is told to', async () => {
    const { options, settled, stop } = stage();
    const queue = new FakeResource('queue', []);
    const done: string[] = [];
    const rule = new FakeResource('rule', done, [queue]);
    queue.failures = [named('ThrottlingException')];
    const running = converge(setupTasks([queue, rule]), options);
    stop.abort();
    const results = await settled(running);
    expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'skipped']);
    expect(done).toEqual([]);
  });

  it('replaces a trigger only once the other one is there, and does not fail where it may not look', async () => {
    const { options, settled } = stage();
    const done: string[] = [];
    const rule = new FakeResource('rule', done);
    const schedule = new FakeResource('schedule', done);
    schedule.there = true;
    const hidden: Resource = {
      ...new FakeResource('hidden', done),
      setup: () => Promise.reject(named('AccessDenied')),
      teardown: () => Promise.reject(named('AccessDenied', 'not for you')),
    };
    const tasks = [...setupTasks([rule]), ...supersededTasks([schedule, hidden], [rule])];
    const results = await settled(converge(tasks, options));
    expect(done).toEqual(['create rule', 'delete schedule']);
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'absent', 'removed']);
    expect(results[1]?.note).toContain('not for you');
  });
});
