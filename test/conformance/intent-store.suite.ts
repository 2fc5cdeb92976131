import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Intent, IntentStore } from '../../src/database/intent-store.ts';

export interface IntentStoreUnderTest {
  readonly intents: IntentStore;
  dispose(): Promise<void>;
}

/** An intent as it is when it is written down; the parts that a test is about are given. */
export function sampleIntent(firstBlock: number, parts: Partial<Intent> = {}): Intent {
  return {
    key: `job-${firstBlock}:${firstBlock}:state-update`,
    job_id: `job-${firstBlock}`,
    first_block: firstBlock,
    last_block: firstBlock,
    kind: 'state-update',
    chain: 'ethereum:31337',
    to: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
    state: 'signed',
    variants: [],
    hold_reason: null,
    created_at: 1,
    updated_at: 1,
    version: 0,
    ...parts,
  };
}

/** What every IntentStore must do. */
export function intentStoreSuite(name: string, make: () => Promise<IntentStoreUnderTest>): void {
  describe(`IntentStore: ${name}`, () => {
    let subject: IntentStoreUnderTest;
    let intents: IntentStore;

    beforeEach(async () => {
      subject = await make();
      intents = subject.intents;
    });
    afterEach(() => subject.dispose());

    it('keeps the first of several intents of one key and answers it to all', async () => {
      const rivals = Array.from({ length: 8 }, (_, index) => sampleIntent(4, { created_at: index }));
      const answers = await Promise.all(rivals.map((rival) => intents.putIfAbsent(rival)));
      const winners = answers.filter(({ created }) => created);
      expect(winners).toHaveLength(1);
      for (const answer of answers) expect(answer.intent).toEqual(winners[0]?.intent);
      expect(await intents.get(sampleIntent(4).key)).toEqual(winners[0]?.intent);
    });

    it('answers nothing for a key that it does not know', async () => {
      expect(await intents.get('unknown')).toBeUndefined();
      expect(await intents.replace(sampleIntent(1, { version: 1 }))).toBe(false);
      expect(await intents.get(sampleIntent(1).key)).toBeUndefined();
    });

    it('lets one of several replacements of a version through', async () => {
      await intents.putIfAbsent(sampleIntent(4));
      const next = ['broadcast', 'mined', 'held'] as const;
      const answers = await Promise.all(next.map((state) => intents.replace(sampleIntent(4, { state, version: 1 }))));
      expect(answers.filter((replaced) => replaced)).toHaveLength(1);
      expect((await intents.get(sampleIntent(4).key))?.state).toBe(next[answers.indexOf(true)]);
      expect(await intents.replace(sampleIntent(4, { version: 3 }))).toBe(false);
      expect(await intents.replace(sampleIntent(4, { version: 2, state: 'confirmed' }))).toBe(true);
    });

    it('lists the intents of a range of blocks in key order', async () => {
      for (const block of [9, 3, 12, 5]) await intents.putIfAbsent(sampleIntent(block));
      const listed = await intents.list({ first: 3, last: 9 });
      expect(listed.map(({ first_block }) => first_block)).toEqual([3, 5, 9]);
      expect(await intents.list({ first: 20, last: 30 })).toEqual([]);
    });
  });
}
