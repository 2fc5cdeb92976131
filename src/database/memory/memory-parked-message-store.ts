import type { ParkedMessage, ParkedMessageStore } from '../parked-message-store.ts';
import { frozenDocument } from './frozen-document.ts';

/** Parked messages in memory, for the simulation and tests. */
export class MemoryParkedMessageStore implements ParkedMessageStore {
  readonly #messages = new Map<string, ParkedMessage>();

  async park(message: ParkedMessage): Promise<boolean> {
    if (this.#messages.has(message.id)) return false;
    this.#messages.set(message.id, frozenDocument({ ...message }));
    return true;
  }

  async list(limit: number): Promise<ParkedMessage[]> {
    return [...this.#messages.values()]
      .sort((a, b) => b.parked_at - a.parked_at || (a.id < b.id ? -1 : 1))
      .slice(0, Math.max(0, limit));
  }

  async count(): Promise<number> {
    return this.#messages.size;
  }

  async removeBefore(instant: number, limit: number): Promise<number> {
    const old = [...this.#messages.values()]
      .filter(({ parked_at }) => parked_at < instant)
      .sort((a, b) => a.parked_at - b.parked_at)
      .slice(0, Math.max(0, limit));
    for (const { id } of old) this.#messages.delete(id);
    return old.length;
  }
}
