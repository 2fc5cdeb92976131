import type { Intent, IntentStore } from '../intent-store.ts';
import { frozenDocument } from './frozen-document.ts';

/** Intents in memory, for the simulation. Records are stored frozen. */
export class MemoryIntentStore implements IntentStore {
  readonly #intents = new Map<string, Intent>();

  async putIfAbsent(intent: Intent): Promise<{ readonly created: boolean; readonly intent: Intent }> {
    const stored = this.#intents.get(intent.key);
    if (stored !== undefined) return { created: false, intent: stored };
    this.#intents.set(intent.key, frozenDocument(intent));
    return { created: true, intent };
  }

  async get(key: string): Promise<Intent | undefined> {
    return this.#intents.get(key);
  }

  async replace(intent: Intent): Promise<boolean> {
    if (this.#intents.get(intent.key)?.version !== intent.version - 1) return false;
    this.#intents.set(intent.key, frozenDocument(intent));
    return true;
  }

  async list({ first, last }: { readonly first: number; readonly last: number }): Promise<Intent[]> {
    return [...this.#intents.values()]
      .filter(({ first_block }) => first_block >= first && first_block <= last)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
