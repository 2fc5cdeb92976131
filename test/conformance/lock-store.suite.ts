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

    describe('removing claims of alerts', () => {
      const DAY_MS = 86_400_000;
      const remove = (limit = 100): Promise<number> => locks.removeClaims(clock.now() - DAY_MS, limit);

      it('removes those that ended before the instant, and only those', async () => {
        await locks.acquire('alert:told', 'everybody', 30_000);
        await locks.acquire('alert-telling:died', 'a', 30_000);
        await locks.acquire('alert-telling:given up', 'a', 30_000);
        await locks.release('alert-telling:given up', 'a');
        await clock.advance(10_000);
        await locks.acquire('alert:told later', 'everybody', 30_000);
        await locks.acquire('alert:told for long', 'everybody', 30 * DAY_MS);
        await clock.advance(DAY_MS + 20_001);
        expect(await remove()).toBe(3);
        expect(await remove()).toBe(0);
        expect(await locks.acquire('alert:told for long', 'b', 1_000)).toBeUndefined();
        await clock.advance(10_000);
        expect(await remove()).toBe(1);
        expect(await locks.acquire('alert:told', 'b', 1_000)).toBeDefined();
      });

      it('leaves every other lock, whose numbers go on rising', async () => {
        const others = ['settlement', 'alert', 'alerts:a', 'alert-telling', 'ALERT:a', 'my-alert:a', 'outage:alert:a'];
        const first = new Map<string, number>();
        for (const key of others) {
          await tokenOf('a', key);
          await clock.advance(30_000);
          first.set(key, (await tokenOf('a', key)) ?? Number.NaN);
        }
        await locks.release('settlement', 'a');
        await clock.advance(2 * DAY_MS);
        expect(await remove()).toBe(0);
        for (const key of others) expect(await tokenOf('b', key)).toBe((first.get(key) ?? Number.NaN) + 1);
      });

      it('removes no more at a time than asked for', async () => {
        for (let alert = 0; alert < 5; alert += 1) {
          await locks.acquire(`alert-telling:${alert}`, 'a', 30_000);
          await locks.acquire(`alert:${alert}`, 'a', 30_000);
          if (alert > 2) await locks.release(`alert-telling:${alert}`, 'a');
        }
        await clock.advance(2 * DAY_MS);
        expect(await remove(0)).toBe(0);
        expect([await remove(4), await remove(4), await remove(4)]).toEqual([4, 4, 2]);
      });
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
