import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LockStore } from '../../src/database/lock-store.ts';
import { VirtualClock } from '../virtual-clock.ts';

export interface LockStoreUnderTest {
  readonly locks: LockStore;
  dispose(): Promise<void>;
}

/** What every LockStore must do, in virtual time. */
export function lockStoreSuite(name: string, make: (clock: VirtualClock) => Promise<LockStoreUnderTest>): void {
  describe(`LockStore: ${name}`, () => {
    let clock: VirtualClock;
    let subject: LockStoreUnderTest;
    let locks: LockStore;

    beforeEach(async () => {
      clock = new VirtualClock();
      subject = await make(clock);
      locks = subject.locks;
    });
    afterEach(() => subject.dispose());

    const tokenOf = async (owner: string, key = 'settlement'): Promise<number | undefined> =>
      (await locks.acquire(key, owner, 30_000))?.token;

    it('gives a lock to one owner only', async () => {
      const owners = ['a', 'b', 'c', 'd', 'e'];
      const tokens = await Promise.all(owners.map((owner) => tokenOf(owner)));
      expect(tokens.filter((token) => token !== undefined)).toHaveLength(1);
      expect(await tokenOf('f', 'another lock')).toBeDefined();
    });

    it('renews the lock of its owner under the same number', async () => {
      const first = await tokenOf('a');
      await clock.advance(20_000);
      expect(await tokenOf('a')).toBe(first);
      await clock.advance(20_000);
      expect(await tokenOf('b')).toBeUndefined();
    });

    it('gives an expired lock to the next one, without anybody cleaning up, under a greater number', async () => {
      const first = await tokenOf('a');
      await clock.advance(29_999);
      expect(await tokenOf('b')).toBeUndefined();
      await clock.advance(1);
      const second = await tokenOf('b');
      expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
      expect(await tokenOf('a')).toBeUndefined();
    });

    it('counts a former owner that comes back as a new one', async () => {
      const first = await tokenOf('a');
      await clock.advance(30_000);
      expect(await tokenOf('a')).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
    });

    it('frees a lock for its owner only', async () => {
      const first = await tokenOf('a');
      expect(await locks.release('settlement', 'b')).toBe(false);
      expect(await tokenOf('b')).toBeUndefined();
      expect(await locks.release('settlement', 'a')).toBe(true);
      expect(await locks.release('settlement', 'a')).toBe(false);
      expect(await tokenOf('b')).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
      expect(await locks.release('unknown', 'a')).toBe(false);
    });

    it('does not let a former owner free the lock of the next', async () => {
      await tokenOf('a');
      await clock.advance(30_000);
      await tokenOf('b');
      expect(await locks.release('settlement', 'a')).toBe(false);
      expect(await tokenOf('a')).toBeUndefined();
    });
  });
}
