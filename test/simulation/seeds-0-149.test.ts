import { expect, it } from '@jest/globals';
import { breachesOf } from './report.ts';

it('schedules 0 to 149: everything is settled once and in order, nothing is lost', async () => {
  expect((await breachesOf(0, 150)).join('\n')).toBe('');
}, 300_000);
