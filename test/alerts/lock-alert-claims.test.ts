import { expect, it } from '@jest/globals';
import { LockAlertClaims } from '../../src/alerts/lock-alert-claims.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { VirtualClock } from '../virtual-clock.ts';

const DAY_MS = 86_400_000;

it('leaves nothing that housekeeping does not remove once the alert is forgotten', async () => {
  const clock = new VirtualClock();
  const locks = new MemoryLockStore(clock);
  const claims = new LockAlertClaims(locks, 'a');
  const remove = (): Promise<number> => locks.removeClaims(clock.now() - DAY_MS, 100);
  expect(await claims.claim('told')).toBe('ours');
  await claims.told('told');
  expect(await claims.claim('unsent')).toBe('ours');
  await claims.release('unsent');
  expect(await claims.claim('died')).toBe('ours');
  await clock.advance(2 * DAY_MS);
  // Of each who was telling it, and whether it was told; the told one is remembered.
  expect(await remove()).toBe(5);
  expect(await claims.claim('told')).toBe('told');
  await clock.advance(30 * DAY_MS);
  expect(await remove()).toBe(2);
  expect(await remove()).toBe(0);
});
