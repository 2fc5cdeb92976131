import type { Clock } from '../../src/clock/clock.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Trace } from './trace.ts';

/** What happens to one port call; all times in milliseconds. */
export interface CallFate {
  /** Until the request takes effect, and until its answer is back. */
  readonly requestMs: number;
  readonly answerMs: number;
  readonly crash: 'before' | 'after' | undefined;
  /** Thrown instead of the effect, or after it in place of the answer. */
  readonly failure: { readonly when: 'before' | 'after'; readonly error: Error } | undefined;
  /** A request that has left takes effect even when its sender stops or dies meanwhile. */
  readonly onTheWire: boolean;
}

export interface MachineHooks {
  fateOf(machine: Machine, port: string, method: string): CallFate;
  died(machine: Machine): void;
}

/**
 * The computer that one instance runs on. All that reaches the program on it, answers of ports and timers, passes
 * through here: once the machine is dead nothing does, and while it stands still everything waits. The program can
 * be stopped between any two of its port calls and nowhere else, since between them no time passes.
 */
export class Machine {
  readonly name: string;
  readonly clock: Clock;
  /** Fires when the machine dies: its open connections close. */
  readonly death = new AbortController();
  readonly #world: VirtualClock;
  readonly #trace: Trace;
  readonly #hooks: MachineHooks;
  #dead = false;
  #frozenUntil = 0;

  constructor(name: string, skewMs: number, world: VirtualClock, trace: Trace, hooks: MachineHooks) {
    this.name = name;
    this.#world = world;
    this.#trace = trace;
    this.#hooks = hooks;
    this.clock = this.#clock(skewMs);
  }

  get dead(): boolean {
    return this.#dead;
  }

  get frozen(): boolean {
    return this.#frozenUntil > this.#world.now();
  }

  crash(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#trace.add(this.name, 'CRASH');
    this.death.abort();
    this.#hooks.died(this);
  }

  /** The program stands still, as under a debugger or a full garbage collection; the world goes on. */
  freeze(ms: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#world.now() + ms);
    this.#trace.add(this.name, `FREEZE for ${ms} ms`);
  }

  /** The port as the program on this machine sees it. */
  port<T extends object>(name: string, target: T): T {
    const methods = new Map<PropertyKey, unknown>();
    return new Proxy(target, {
      get: (_, property) => {
        const known = methods.get(property);
        if (known !== undefined) return known;
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        const method = (...args: unknown[]): Promise<unknown> =>
          this.call(name, String(property), async () => Reflect.apply(value, target, args));
        methods.set(property, method);
        return method;
      },
    });
  }

  async call<T>(port: string, method: string, effect: () => Promise<T>): Promise<T> {
    if (this.#dead) return never();
    const fate = this.#hooks.fateOf(this, port, method);
    this.#trace.call(this.name, `${port}.${method}`);
    if (fate.crash === 'before') {
      this.crash();
      return never();
    }
    if (fate.requestMs > 0) await this.#world.sleep(fate.requestMs);
    if (!fate.onTheWire) await this.#awake();
    let answer: () => T;
    if (fate.failure?.when === 'before') {
      answer = thrower(fate.failure.error);
    } else {
      answer = await effect().then((value) => () => value, thrower);
      if (fate.failure !== undefined) answer = thrower(fate.failure.error);
    }
    if (fate.failure !== undefined)
      this.#trace.add(this.name, `${port}.${method} fails`, `${fate.failure.when} its effect`);
    if (fate.crash === 'after') this.crash();
    if (fate.answerMs > 0) await this.#world.sleep(fate.answerMs);
    await this.#awake();
    return answer();
  }

  /** Resolves while the program runs: at once, after the stand-still, or never. */
  async #awake(): Promise<void> {
    while (!this.#dead && this.frozen) await this.#world.sleep(this.#frozenUntil - this.#world.now());
    if (this.#dead) await never();
  }

  #clock(skewMs: number): Clock {
    const world = this.#world;
    const fire = (callback: () => void): void => {
      if (this.#dead) return;
      if (this.frozen) world.after(this.#frozenUntil - world.now(), () => fire(callback));
      else callback();
    };
    const after = (ms: number, callback: () => void): (() => void) => {
      let wanted = true;
      // Whole milliseconds, as real timers have: a remainder that rounding leaves would never pass.
      const cancel = world.after(Math.ceil(ms), () =>
        fire(() => {
          if (wanted) callback();
        }),
      );
      return () => {
        wanted = false;
        cancel();
      };
    };
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    return { now: () => world.now() + skewMs, after, sleep };
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

function thrower(error: unknown): () => never {
  return () => {
    throw error;
  };
}
