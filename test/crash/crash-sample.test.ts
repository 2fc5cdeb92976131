import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sampleOf } from './choose-crashes.ts';
import { runCrashes, type TracedPoint, traceRuns } from './crash-matrix.ts';
import { describeBroken, reportOn } from './crash-report.ts';
import { openStage, type Stage } from './stage.ts';

const SIZE = 30;

describe('a process that dies by kill -9 at a port call', () => {
  let stage: Stage;
  let points: TracedPoint[];

  beforeAll(async () => {
    stage = await openStage(3);
    points = await traceRuns(stage, 2);
  }, 180_000);

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('is traced at every port, and every traced call belongs to one', () => {
    expect(reportOn(points, [], 0).unknown).toEqual([]);
    expect(new Set(points.map(({ call }) => call.split('.')[0])).size).toBe(12);
  });

  it(`loses nothing and settles nothing twice: ${SIZE} of the points that \`npm run e2e\` goes through`, async () => {
    const started = performance.now();
    const crashes = sampleOf(points, SIZE);
    expect(crashes).toHaveLength(SIZE);
    const results = await runCrashes(stage, crashes);
    const { broken, summary } = reportOn(points, results, (performance.now() - started) / 1000);
    process.stdout.write(`${summary}\n`);
    expect(broken.map(describeBroken)).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === 'survived').length).toBeGreaterThanOrEqual(SIZE - 2);
  }, 480_000);
});
