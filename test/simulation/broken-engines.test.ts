import { describe, expect, it } from '@jest/globals';
import {
  withoutFencing,
  withoutOrderGate,
  withoutOutbox,
  withoutReconciler,
  withoutWriteAhead,
} from './broken-engines.ts';
import type { Sabotage } from './cluster.ts';
import { simulate } from './simulate.ts';

/** Schedules within which a broken engine must be found out. */
const SEEDS = 20;

describe('an engine with one safeguard taken out is found out', () => {
  it.each<[string, Sabotage, RegExp]>([
    ['fencing', withoutFencing, /commit by a former lease holder/],
    ['the outbox', withoutOutbox, /neither has nor owes/],
    ['the order of settlement', withoutOrderGate, /out of order/],
    ['the reconciler', withoutReconciler, /not settled/],
    ['writing transactions down first', withoutWriteAhead, /without having been persisted/],
  ])(
    'without %s',
    async (_, sabotage, finding) => {
      let violation: string | undefined;
      for (let seed = 0; seed < SEEDS && violation === undefined; seed++) {
        ({ violation } = await simulate(seed, { sabotage }));
      }
      expect(violation).toMatch(finding);
    },
    60_000,
  );
});
