import { parseArgs } from 'node:util';
import { breachesOf, describeBreach } from '../test/simulation/report.ts';
import { simulate } from '../test/simulation/simulate.ts';

/**
 * Runs schedules of the simulation: `--seed N` replays one with all that happened in it, `--from N --count K` runs many.
 * Exit code 1 when one broke.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '300' },
  },
});

if (values.seed !== undefined) {
  const seed = integer('seed', values.seed);
  const result = await simulate(seed, { traceLimit: Number.POSITIVE_INFINITY });
  const settled = `seed ${seed}: all blocks settled after ${(result.elapsedMs / 1000).toFixed(0)} virtual seconds`;
  console.log(result.violation === undefined ? [...result.trace, settled].join('\n') : describeBreach(result));
  process.exitCode = result.violation === undefined ? 0 : 1;
} else {
  const [from, count] = [integer('from', values.from), integer('count', values.count)];
  const start = performance.now();
  const breaches = await breachesOf(from, count, (report) => console.log(report));
  const milliseconds = ((performance.now() - start) / count).toFixed(0);
  console.log(
    `${count} schedules ran (seeds ${from} to ${from + count - 1}), ${breaches.length} broke; ${milliseconds} ms each`,
  );
  process.exitCode = breaches.length === 0 ? 0 : 1;
}

function integer(name: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  console.error(`--${name} must be a whole number that is not negative, not ${value}`);
  process.exit(2);
}
