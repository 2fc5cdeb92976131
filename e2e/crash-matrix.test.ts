import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyCrash } from '../test/crash/choose-crashes.ts';
import { runCrashes, type TracedPoint, traceRuns } from '../test/crash/crash-matrix.ts';
import { describeBroken, reportOn } from '../test/crash/crash-report.ts';
import { openStage, type Stage } from '../test/crash/stage.ts';

const LANES = 4;
const EVERY = 25;

describe('crash matrix', () => {
  let stage: Stage;
  let points: TracedPoint[];

  beforeAll(async () => {
    stage = await openStage(LANES);
    points = await traceRuns(stage, 2);
  }, 180_000);

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('a process that dies before or after any port call leaves work that the next one ends, every block settled once', async () => {
    const started = performance.now();
    const crashes = everyCrash(points);
    let done = 0;
    const results = await runCrashes(stage, crashes, (result) => {
      done += 1;
      if (result.outcome === 'broken') process.stdout.write(`${describeBroken(result)}\n`);
      if (done % EVERY === 0) process.stdout.write(`${done} of ${crashes.length} crashes\n`);
    });
    const { broken, uncovered, untraced, unknown, summary } = reportOn(
      points,
      results,
      (performance.now() - started) / 1000,
    );
    process.stdout.write(`port methods that a run without faults does not call: ${untraced.join(', ')}\n${summary}\n`);
    expect(broken.map(({ point, side }) => `${side} ${point.id}`)).toEqual([]);
    expect(unknown).toEqual([]);
    expect(uncovered).toEqual([]);
  }, 2_400_000);
});
