import type { Clock } from '../../clock/clock.ts';
import type { Intent, IntentStore, IntentVariant } from '../../database/intent-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Compare-and-set attempts of a note; other writers of one intent are few and rare. */
const NOTE_ATTEMPTS = 8;

/** Changes of stored intents. All go through compare-and-set, so a worker that lost its lease cannot undo another's. */
export class IntentRecords {
  readonly #store: IntentStore;
  readonly #clock: Clock;

  constructor(store: IntentStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get(key: string): Promise<Intent | undefined> {
    return this.#store.get(key);
  }

  /** Stores a first intent with its first variant, or answers the one that another worker stored before. */
  async open(intent: Omit<Intent, 'created_at' | 'updated_at' | 'version' | 'state' | 'hold_reason'>): Promise<Intent> {
    const now = this.#clock.now();
    const record: Intent = {
      ...intent,
      state: 'signed',
      hold_reason: null,
      created_at: now,
      updated_at: now,
      version: 1,
    };
    return (await this.#store.putIfAbsent(record)).intent;
  }

  /** Makes `variant` the current one, if the intent is still as it was seen; undefined when somebody was faster. */
  async append(seen: Intent, variant: IntentVariant): Promise<Intent | undefined> {
    const next = this.#next(seen, { state: 'signed', hold_reason: null, variants: [...seen.variants, variant] });
    return (await this.#store.replace(next)) ? next : undefined;
  }

  /**
   * Writes an observation down (sent, mined, held) and answers the stored intent. `change` sees the newest record and
   * answers undefined when there is nothing to write; it may run several times.
   */
  async note(seen: Intent, change: (intent: Intent) => Partial<Intent> | undefined): Promise<Intent> {
    let intent = seen;
    for (let attempt = 0; attempt < NOTE_ATTEMPTS; attempt++) {
      const changed = change(intent);
      if (changed === undefined) return intent;
      const next = this.#next(intent, changed);
      if (await this.#store.replace(next)) return next;
      const stored = await this.#store.get(intent.key);
      if (stored === undefined) break;
      intent = stored;
    }
    throw new OrchestratorError('SETTLEMENT_CONFLICT', `intent ${seen.key} keeps changing under this worker`, {
      retry: 'transient',
      context: { key: seen.key },
    });
  }

  #next(intent: Intent, change: Partial<Intent>): Intent {
    return { ...intent, ...change, version: intent.version + 1, updated_at: this.#clock.now() };
  }
}

/** The variants with the one of that hash changed. */
export function withVariant(intent: Intent, hash: string, change: Partial<IntentVariant>): IntentVariant[] {
  return intent.variants.map((variant) => (variant.hash === hash ? { ...variant, ...change } : variant));
}
