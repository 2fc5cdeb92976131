import type { Clock } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { type Outcome, type Plan, type Resource, type TeardownOptions, titleOf } from './resource.ts';

/** A resource on its way to what is wanted of it. */
export interface Task {
  readonly kind: string;
  readonly name: string;
  /** Titles of the tasks that must succeed first. */
  readonly after: readonly string[];
  plan(): Promise<Plan>;
}

export interface TaskResult {
  readonly task: Task;
  /** `skipped`: what it depends on failed. */
  readonly outcome: Outcome | 'failed' | 'skipped';
  readonly note: string | undefined;
  readonly error: OrchestratorError | undefined;
}

export interface ConvergeOptions {
  readonly clock: Clock;
  /** Ends the waiting of all tasks. */
  readonly timeoutMs: number;
  readonly pollIntervalMs: number;
  readonly signal: AbortSignal;
  /** True for a failure that time alone may mend, for example a name that is free again after a minute. */
  readonly worthWaiting: (error: unknown) => boolean;
  readonly failure: (error: unknown, title: string, summary: string) => OrchestratorError;
  readonly onProgress: (task: Task, text: string) => void;
}

export function setupTasks(resources: readonly Resource[]): Task[] {
  return resources.map((resource) => ({
    kind: resource.kind,
    name: resource.name,
    after: resource.after.map(titleOf),
    plan: () => resource.setup(),
  }));
}

/** In reverse: what depends on a resource goes before it. */
export function teardownTasks(resources: readonly Resource[], options: TeardownOptions): Task[] {
  return resources.toReversed().map((resource) => ({
    kind: resource.kind,
    name: resource.name,
    after: resources.filter((other) => other.after.includes(resource)).map(titleOf),
    plan: () => resource.teardown(options),
  }));
}

/**
 * For what is there in place of something else: it goes once that is there. That nobody can look whether it is there does not
 * keep the rest from being set up.
 */
export function supersededTasks(resources: readonly Resource[], by: readonly Resource[]): Task[] {
  return teardownTasks(resources, { deleteData: false }).map((task) => ({
    ...task,
    after: [...task.after, ...by.map(titleOf)],
    plan: async () => {
      try {
        return await task.plan();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        return { steps: [], outcome: 'absent', note: `cannot look whether it is there: ${why}` };
      }
    },
  }));
}

/**
 * Plans and runs every task until its plan is empty; independent ones at the same time. One that fails keeps only those
 * back that depend on it. Never throws for a task: each has its result, in the order given.
 */
export async function converge(tasks: readonly Task[], options: ConvergeOptions): Promise<TaskResult[]> {
  const deadline = options.clock.now() + options.timeoutMs;
  const results = new Map<string, Promise<TaskResult>>();
  const resultOf = (task: Task): Promise<TaskResult> => {
    const title = titleOf(task);
    const known = results.get(title);
    if (known !== undefined) return known;
    const result = (async () => {
      const before = tasks.filter((other) => task.after.includes(titleOf(other)));
      const broken = (await Promise.all(before.map(resultOf))).find(({ error }) => error !== undefined);
      if (broken !== undefined) return skipped(task, broken.task);
      return await settle(task, deadline, options);
    })();
    results.set(title, result);
    return result;
  };
  return await Promise.all(tasks.map(resultOf));
}

async function settle(task: Task, deadline: number, options: ConvergeOptions): Promise<TaskResult> {
  const { clock, signal, failure } = options;
  const title = titleOf(task);
  let first: Plan | undefined;
  const ran = new Set<string>();
  let told = '';
  for (;;) {
    let doing = 'look at it';
    let reason: unknown;
    try {
      signal.throwIfAborted();
      const plan = await task.plan();
      if (plan.steps.length === 0) return done(task, first ?? plan, plan);
      first ??= plan;
      const repeated = plan.steps.every(({ summary }) => ran.has(summary));
      if (repeated) reason = notReady(title, plan);
      if (repeated && clock.now() >= deadline) throw reason;
      for (const step of plan.steps) {
        signal.throwIfAborted();
        doing = step.summary;
        await step.run();
        if (!ran.has(step.summary)) options.onProgress(task, step.summary);
        ran.add(step.summary);
      }
      // The first look after new steps comes at once; what is not ready then gets its time.
      if (!repeated) continue;
    } catch (error) {
      if (signal.aborted) return failed(task, stopped(title));
      const over = clock.now() >= deadline;
      if (over || !options.worthWaiting(error)) return failed(task, failure(error, title, doing));
      reason = error;
    }
    const text = `waiting: ${reason instanceof Error ? reason.message : String(reason)}`;
    if (text !== told) options.onProgress(task, text);
    told = text;
    try {
      await clock.sleep(Math.max(1, Math.min(options.pollIntervalMs, deadline - clock.now())), signal);
    } catch {
      return failed(task, stopped(title));
    }
  }
}

function done(task: Task, first: Plan, last: Plan): TaskResult {
  return { task, outcome: first.outcome, note: first.note ?? last.note, error: undefined };
}

function failed(task: Task, error: OrchestratorError): TaskResult {
  return { task, outcome: 'failed', note: undefined, error };
}

function skipped(task: Task, broken: Task): TaskResult {
  const error = new OrchestratorError('AWS_REFUSED', `${titleOf(task)}: not tried, it needs ${titleOf(broken)}`);
  return { task, outcome: 'skipped', note: undefined, error };
}

function notReady(title: string, plan: Plan): OrchestratorError {
  const missing = plan.steps.map(({ summary }) => summary).join('; ');
  return new OrchestratorError('AWS_REFUSED', `${title} is not as it was set up yet (missing: ${missing})`, {
    retry: 'transient',
    hint: 'Run the command again; --timeout gives it more time.',
  });
}

function stopped(title: string): OrchestratorError {
  return new OrchestratorError('AWS_REFUSED', `${title}: stopped before it was done`, {
    hint: 'Run the command again: it goes on where it was.',
  });
}
