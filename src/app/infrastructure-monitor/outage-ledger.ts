import type { AlertClaims } from '../../alerts/alert-claims.ts';
import { LockAlertClaims } from '../../alerts/lock-alert-claims.ts';
import { ObjectAlertClaims } from '../../alerts/object-alert-claims.ts';
import type { Clock } from '../../clock/clock.ts';
import type { LockStore } from '../../database/lock-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { ConditionalObjectStore } from '../../storage/conditional-object-store.ts';

/** Where all instances find the same name for an outage that they see, and agree on who tells it. */
export interface OutageLedger {
  readonly claims: AlertClaims;
  /** Name of the outage that is written down for the dependency; writes one down when there is none. */
  open(dependency: string): Promise<string>;
  /** The outage goes on: keeps its entry from being taken for a leftover. */
  keep(dependency: string, incident: string): Promise<void>;
  /** The outage is over: the next one gets another name. */
  close(dependency: string, incident: string): Promise<void>;
}

/** An entry that nobody has kept for so long was left by instances that are gone. */
const LEFTOVER_MS = 10 * 60_000;
/** Owner of the locks: nobody's in particular, so that anybody may end them. */
const EVERYBODY = 'outage';

/** Outages as locks `outage:<dependency>`; the fencing number of the lock tells one from the next. */
export class LockOutageLedger implements OutageLedger {
  readonly claims: AlertClaims;
  readonly #locks: LockStore;

  constructor(locks: LockStore, instance: string) {
    this.claims = new LockAlertClaims(locks, instance);
    this.#locks = locks;
  }

  async open(dependency: string): Promise<string> {
    const lock = await this.#locks.acquire(`outage:${dependency}`, EVERYBODY, LEFTOVER_MS);
    if (lock !== undefined) return `${dependency}:${lock.token}`;
    throw new OrchestratorError('DATABASE_UNAVAILABLE', `The outage of ${dependency} cannot be written down.`, {
      retry: 'transient',
    });
  }

  async keep(dependency: string): Promise<void> {
    await this.open(dependency);
  }

  async close(dependency: string, incident: string): Promise<void> {
    if ((await this.open(dependency)) === incident) await this.#locks.release(`outage:${dependency}`, EVERYBODY);
  }
}

/** Outages as objects `alerts/outages/<dependency>`, for those of the database. */
export class ObjectOutageLedger implements OutageLedger {
  readonly claims: AlertClaims;
  readonly #objects: ConditionalObjectStore;
  readonly #clock: Clock;
  readonly #instance: string;

  constructor(objects: ConditionalObjectStore, clock: Clock, instance: string) {
    this.claims = new ObjectAlertClaims(objects, clock, instance);
    this.#objects = objects;
    this.#clock = clock;
    this.#instance = instance;
  }

  async open(dependency: string): Promise<string> {
    const fresh = `${dependency}:${this.#clock.now()}:${this.#instance}`;
    if (await this.#objects.putIfAbsent(keyOf(dependency), this.#entry(fresh))) return fresh;
    const known = await this.#read(dependency);
    if (known !== undefined && this.#clock.now() - known.keptAt < LEFTOVER_MS) return known.incident;
    await this.#objects.delete(keyOf(dependency));
    if (await this.#objects.putIfAbsent(keyOf(dependency), this.#entry(fresh))) return fresh;
    return (await this.#read(dependency))?.incident ?? fresh;
  }

  async keep(dependency: string, incident: string): Promise<void> {
    if ((await this.#read(dependency))?.incident !== incident) return;
    await this.#objects.put(keyOf(dependency), this.#entry(incident));
  }

  async close(dependency: string, incident: string): Promise<void> {
    if ((await this.#read(dependency))?.incident === incident) await this.#objects.delete(keyOf(dependency));
  }

  #entry(incident: string): Uint8Array {
    return new TextEncoder().encode(`${this.#clock.now()} ${incident}`);
  }

  async #read(dependency: string): Promise<{ readonly keptAt: number; readonly incident: string } | undefined> {
    try {
      const [keptAt = '', incident = ''] = new TextDecoder()
        .decode(await this.#objects.get(keyOf(dependency)))
        .split(' ', 2);
      return { keptAt: Number(keptAt), incident };
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  }
}

const keyOf = (dependency: string): string => `alerts/outages/${dependency}`;
