import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ParkedMessage, ParkedMessageStore } from '../../src/database/parked-message-store.ts';

export interface ParkedMessageStoreUnderTest {
  readonly parked: ParkedMessageStore;
  dispose(): Promise<void>;
}

const NOW = 1_700_000_000_000;

function parkedMessage(id: string, parkedAt = NOW, more: Partial<ParkedMessage> = {}): ParkedMessage {
  return {
    id,
    source_queue: 'snos_job_processing',
    body: 'not json {"',
    attributes: { OrchestratorVersion: '0.1.0', 'Odd.Name-1': 'ünï "quoted"' },
    reason: 'not a job message',
    job_id: null,
    parked_at: parkedAt,
    ...more,
  };
}

/** What every ParkedMessageStore must do. */
export function parkedMessageStoreSuite(name: string, make: () => Promise<ParkedMessageStoreUnderTest>): void {
  describe(`ParkedMessageStore: ${name}`, () => {
    let subject: ParkedMessageStoreUnderTest;
    let parked: ParkedMessageStore;

    beforeEach(async () => {
      subject = await make();
      parked = subject.parked;
    });
    afterEach(() => subject.dispose());

    const ids = async (limit = 100): Promise<string[]> => (await parked.list(limit)).map(({ id }) => id);

    it('gives back what was parked, as it was', async () => {
      const message = parkedMessage('m-1', NOW, {
        source_queue: null,
        body: '{"id":"5b7b3c9e-6c39-4d0f-9c38-0d7a0d1b8a11"}',
        job_id: '5b7b3c9e-6c39-4d0f-9c38-0d7a0d1b8a11',
      });
      expect(await parked.park(message)).toBe(true);
      expect(await parked.list(10)).toEqual([message]);
    });

    it('keeps the first of two messages with one id', async () => {
      expect(await parked.park(parkedMessage('m-1'))).toBe(true);
      expect(await parked.park(parkedMessage('m-1', NOW + 1, { reason: 'another' }))).toBe(false);
      expect(await parked.list(10)).toEqual([parkedMessage('m-1')]);
      expect(await parked.count()).toBe(1);
    });

    it('parks a message once when several do it at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => parked.park(parkedMessage('m-1'))));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await parked.count()).toBe(1);
    });

    it('lists the newest first, no more than asked for', async () => {
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) await parked.park(parkedMessage(id, NOW + index));
      expect(await ids()).toEqual(['d', 'c', 'b', 'a']);
      expect(await ids(2)).toEqual(['d', 'c']);
      expect(await ids(0)).toEqual([]);
      expect(await parked.count()).toBe(4);
    });

    it('removes old messages, oldest first, no more than asked for', async () => {
      for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) await parked.park(parkedMessage(id, NOW + index));
      expect(await parked.removeBefore(NOW, 10)).toBe(0);
      expect(await parked.removeBefore(NOW + 3, 2)).toBe(2);
      expect(await ids()).toEqual(['d', 'c']);
      expect(await parked.removeBefore(NOW + 3, 2)).toBe(1);
      expect(await ids()).toEqual(['d']);
      expect(await parked.count()).toBe(1);
    });
  });
}
