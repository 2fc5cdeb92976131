import { expect, it } from '@jest/globals';
import { simulate } from './simulate.ts';

it.each([2, 5, 11])('seed %i replays to the last event', async (seed) => {
  const first = await simulate(seed, { traceLimit: 1_000_000 });
  const second = await simulate(seed, { traceLimit: 1_000_000 });
  expect(first.trace.length).toBeGreaterThan(1_000);
  expect(second.trace).toEqual(first.trace);
});

it('another seed is another schedule', async () => {
  const [first, second] = [await simulate(1), await simulate(2)];
  expect(second.trace).not.toEqual(first.trace);
});
