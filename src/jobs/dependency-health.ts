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
  /** Without a further failure until then it is over: somebody else had the next try. */
  readonly overAt: number;
  /** When this instance last made sure that operators know. */
  readonly toldAt: number;
}

/** The end of an outage that nobody took from us. */
interface UntoldEnd {
  /** The same at every try: whoever gets one of them in the end gets it once. */
  readonly fingerprint: string;
  readonly nextTryAt: number;
}

/** Owner of the locks of outages: nobody's in particular, so that anybody may end one. */
const EVERYBODY = 'dependency-health';
/** An outage that nobody has noticed for so long is over, even if those who could say so died. */
const DOWN_MS = 10 * 60_000;
/** For how long its end may still be told. */
const END_OWED_MS = 30 * 86_400_000;
/** An instance that sees no failure for so long, and for half as long again as it was asked to pause, begins anew. */
const FORGET_MS = 5 * 60_000;
const FORGET_PAUSES = 1.5;
/** Between two looks of one instance at whether operators know, and between two tries to tell them an end. */
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
 * notice. Never fails itself: what cannot be told now is told at a later failure or success, and costs no job its result.
 *
 * Two locks a problem: one says that somebody noticed it lately, the other that operators were told and wait for its end.
 * Only who gives up the second tells the end, so that it is told once, also long after the first has lapsed.
 */
export class DependencyHealth {
  readonly #deps: DependencyHealthDependencies;
  readonly #outages = new Map<string, Outage>();
  readonly #untoldEnds = new Map<string, UntoldEnd>();

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
    // The next end is another one.
    this.#untoldEnds.delete(owedKeyOf(dependency, problem));
    const known = this.#outages.get(key);
    const fresh = { failures: 0, since: now, toldAt: Number.NEGATIVE_INFINITY };
    const { failures, since, toldAt } = known !== undefined && now < known.overAt ? known : fresh;
    const overAt = now + FORGET_MS + FORGET_PAUSES * askedPauseMs;
    const lasts = now + askedPauseMs - since >= TELL_AFTER_MS[problem];
    const tell = lasts && !this.#isToldElsewhere(dependency, problem) && now - toldAt >= TELL_EVERY_MS;
    this.#outages.set(key, { failures: failures + 1, since, overAt, toldAt: tell ? now : toldAt });
    if (tell) {
      await this.#tell(dependency, problem, DOWN_MS + askedPauseMs).catch((error: unknown) => {
        log.warn({ dependency, err: error }, 'outage not told, trying again at the next failure');
        const outage = this.#outages.get(key);
        if (outage !== undefined) this.#outages.set(key, { ...outage, toldAt: Number.NEGATIVE_INFINITY });
      });
    }
    return backoffMs(failures, random, { baseMs: 1_000, maxMs: 30_000 });
  }

  /**
   * To be called when work succeeded that had failed on the dependency, here or in another instance: no problem of it is
   * left. False when its end could not be told yet, so that the next success is to say it again.
   */
  async succeeded(dependency: string): Promise<boolean> {
    let isTold = true;
    for (const problem of PROBLEMS) {
      this.#outages.delete(keyOf(dependency, problem));
      if (this.#isToldElsewhere(dependency, problem)) continue;
      if (!(await this.#tellEnd(dependency, problem))) isTold = false;
    }
    return isTold;
  }

  /** Who watches outages takes a refusal for want of quota as a sign of life. */
  #isToldElsewhere(dependency: string, problem: DependencyProblem): boolean {
    return problem === 'down' && (this.#deps.toldElsewhere?.has(dependency) ?? false);
  }

  async #tellEnd(dependency: string, problem: DependencyProblem): Promise<boolean> {
    const { locks, alerts, clock, log } = this.#deps;
    const owed = owedKeyOf(dependency, problem);
    const untold = this.#untoldEnds.get(owed);
    if (untold !== undefined && clock.now() < untold.nextTryAt) return false;
    this.#untoldEnds.delete(owed);
    const { name, text } = END[problem];
    const fingerprint = untold?.fingerprint ?? `dependency-${name}:${dependency}:${clock.now()}`;
    let isOurs = false;
    try {
      isOurs = await locks.release(owed, EVERYBODY);
      if (isOurs) await alerts.send({ fingerprint, text: `${text}: ${dependency}.` });
      return true;
    } catch (error) {
      log.warn({ dependency, err: error }, 'end of an outage not told, trying again at a success in a minute');
      this.#untoldEnds.set(owed, { fingerprint, nextTryAt: clock.now() + TELL_EVERY_MS });
      // Whoever comes next, here or elsewhere, is to tell it.
      if (isOurs) await locks.acquire(owed, EVERYBODY, END_OWED_MS).catch(() => undefined);
      return false;
    }
  }

  /** One instance at a time looks whether the outage is known, says so when it is not, and keeps it known. */
  async #tell(dependency: string, problem: DependencyProblem, knownForMs: number): Promise<void> {
    const { locks, alerts, clock, instance } = this.#deps;
    const key = keyOf(dependency, problem);
    const owed = owedKeyOf(dependency, problem);
    const telling = `dependency-telling:${dependency}`;
    if ((await locks.acquire(telling, instance, TELLING_MS)) === undefined) return;
    try {
      // Given up while we look: who sees it succeed meanwhile leaves its end to us, who have just seen it fail.
      const isKnown = (await locks.release(key, EVERYBODY)) && (await locks.release(owed, EVERYBODY));
      if (!isKnown) {
        await alerts.send({
          // The lock tells whether it was told; the next outage is another incident.
          fingerprint: `${key}:${clock.now()}`,
          text: `Dependency ${problem}: ${dependency}. Jobs wait for it; no attempt is used up.`,
        });
      }
      await locks.acquire(owed, EVERYBODY, END_OWED_MS);
      await locks.acquire(key, EVERYBODY, knownForMs);
    } finally {
      await locks.release(telling, instance);
    }
  }
}

const keyOf = (dependency: string, problem: DependencyProblem): string => `dependency-${problem}:${dependency}`;
const owedKeyOf = (dependency: string, problem: DependencyProblem): string => `${keyOf(dependency, problem)}:end`;
