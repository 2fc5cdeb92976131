import { expect, it } from '@jest/globals';
import { breachesOf } from './report.ts';

it('schedules 150 to 299: everything is settled once and in order, nothing is lost', async () => {
  expect((await breachesOf(150, 150)).join('\n')).toBe('');
}, 300_000);
