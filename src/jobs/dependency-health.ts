import type { AlertSink } from '../alerts/alert-sink.ts';
import type { Clock } from '../clock/clock.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { Log } from '../telemetry/log.ts';
import { backoffMs } from './retry-policy.ts';

export interface DependencyHealthDependencies {
  readonly locks: LockStore;
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly instance: string;
  /** Dependencies whose outages somebody else tells; they are only counted here. */
  readonly toldElsewhere?: ReadonlySet<string>;
}

/** No usable answer, or the answer that it wants fewer requests. */
export type DependencyProblem = 'down' | 'throttled';

interface Outage {
  readonly failures: number;
  /** First failure that this instance saw of it. */
  readonly since: number;
  /** When this instance last made sure that operators know. */
  readonly toldAt: number;
}

/** Owner of the lock whose existence says "down, and operators know": nobody's in particular, so that anybody may end it. */
const EVERYBODY = 'dependency-health';
/** An outage that nobody has noticed for so long is over, even if those who could say so died. */
const DOWN_MS = 10 * 60_000;
/** Between two looks of one instance at whether operators know. */
const TELL_EVERY_MS = 60_000;
const TELLING_MS = 30_000;
/** A few refused requests are the ordinary life with a request limit; operators are told of what lasts. */
const TELL_AFTER_MS: Readonly<Record<DependencyProblem, number>> = { down: 0, throttled: 60_000 };
/** Fingerprint and text of the end of a problem. */
const END: Readonly<Record<DependencyProblem, { readonly name: string; readonly text: string }>> = {
  down: { name: 'up', text: 'Dependency back' },
  throttled: { name: 'unthrottled', text: 'Dependency no longer throttled' },
};
const PROBLEMS = ['down', 'throttled'] as const satisfies readonly DependencyProblem[];

/**
 * Counts consecutive failures by dependency, and tells operators once when one goes down and once when it is back (or
 * when it keeps on asking for fewer requests, and when it no longer does), whatever the number of jobs and instances that
 * notice. Never fails itself: what cannot be told now is told at a later failure, and costs no job its result.
 */
export class DependencyHealth {
  readonly #deps: DependencyHealthDependencies;
  readonly #outages = new Map<string, Outage>();

  constructor(deps: DependencyHealthDependencies) {
    this.#deps = deps;
  }

  /**
   * Milliseconds until the next try. `random`: uniform in [0, 1); `askedPauseMs`: for how long it asked not to be called,
   * which is how long nobody may hear of it.
   */
  async failed(
    dependency: string,
    random: number,
    problem: DependencyProblem = 'down',
    askedPauseMs = 0,
  ): Promise<number> {
    const { clock, log } = this.#deps;
    const now = clock.now();
    const key = keyOf(dependency, problem);
    const before = this.#outages.get(key) ?? { failures: 0, since: now, toldAt: Number.NEGATIVE_INFINITY };
    const { failures, since, toldAt } = before;
    const lasts = now + askedPauseMs - since >= TELL_AFTER_MS[problem];
    const tell = lasts && !this.#isToldElsewhere(dependency, problem) && now - toldAt >= TELL_EVERY_MS;
    this.#outages.set(key, { failures: failures + 1, since, toldAt: tell ? now : toldAt });
    if (tell) {
      await this.#tell(dependency, problem, DOWN_MS + askedPauseMs).catch((error: unknown) => {
        log.warn({ dependency, err: error }, 'outage not told, trying again at the next failure');
        const outage = this.#outages.get(key);
        if (outage !== undefined) this.#outages.set(key, { ...outage, toldAt: Number.NEGATIVE_INFINITY });
      });
    }
    return backoffMs(failures, random, { baseMs: 1_000, maxMs: 30_000 });
  }

  /** To be called when work that uses the dependency succeeded: no problem of it is left. Cheap while it had none. */
  async succeeded(dependency: string): Promise<void> {
    for (const problem of PROBLEMS) {
      if (this.#outages.delete(keyOf(dependency, problem)) && !this.#isToldElsewhere(dependency, problem))
        await this.#tellEnd(dependency, problem);
    }
  }

  /** Who watches outages takes a refusal for want of quota as a sign of life. */
  #isToldElsewhere(dependency: string, problem: DependencyProblem): boolean {
    return problem === 'down' && (this.#deps.toldElsewhere?.has(dependency) ?? false);
  }

  async #tellEnd(dependency: string, problem: DependencyProblem): Promise<void> {
    const { locks, alerts, clock, log } = this.#deps;
    try {
      if (!(await locks.release(keyOf(dependency, problem), EVERYBODY))) return;
      const { name, text } = END[problem];
      const fingerprint = `dependency-${name}:${dependency}:${clock.now()}`;
      await alerts.send({ fingerprint, text: `${text}: ${dependency}.` });
    } catch (error) {
      log.warn({ dependency, err: error }, 'end of an outage not told');
    }
  }

  /** One instance at a time looks whether the outage is known, says so when it is not, and keeps it known. */
  async #tell(dependency: string, problem: DependencyProblem, knownForMs: number): Promise<void> {
    const { locks, alerts, clock, instance } = this.#deps;
    const key = keyOf(dependency, problem);
    const telling = `dependency-telling:${dependency}`;
    if ((await locks.acquire(telling, instance, TELLING_MS)) === undefined) return;
    try {
      if (!(await locks.release(key, EVERYBODY))) {
        await alerts.send({
          // The lock tells whether it was told; the next outage is another incident.
          fingerprint: `${key}:${clock.now()}`,
          text: `Dependency ${problem}: ${dependency}. Jobs wait for it; no attempt is used up.`,
        });
      }
      await locks.acquire(key, EVERYBODY, knownForMs);
    } finally {
      await locks.release(telling, instance);
    }
  }
}

const keyOf = (dependency: string, problem: DependencyProblem): string => `dependency-${problem}:${dependency}`;
