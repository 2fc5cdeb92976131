import { describe, expect } from '@jest/globals';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { sample, startFarAhead } from './support/far-ahead.ts';
import { testAt } from './support/test-at.ts';

const BUFFER = 12;
const BLOCKS = 40;

const ethereum = ethereumForFile();

describe('a chain that is 100,000 blocks ahead of its contract', () => {
  testAt('has no more blocks on their way than the buffer, at any time', async (site) => {
    const farAhead = await startFarAhead(site, ethereum(), BLOCKS, ['--snos-job-buffer-size', String(BUFFER)]);
    const { run, core } = farAhead;
    let most = 0;
    await site.eventually(
      'fifteen blocks are settled',
      async () => {
        const { inFlight, settled, jobs } = await sample(farAhead);
        most = Math.max(most, inFlight);
        if (inFlight > BUFFER) throw new Error(`${inFlight} blocks in flight`);
        expect(jobs).toBeLessThanOrEqual((settled + BUFFER + 1) * 4);
        return settled >= 15;
      },
      { alive: [run] },
    );
    expect(most).toBe(BUFFER);
    run.kill('SIGINT');
    await site.expectExit(run, 0);
    const updates = await core.updates();
    expect(updates).toEqual(updates.map((_, index) => index));
    expect(updates.length).toBeGreaterThanOrEqual(15);
    await site.nothingRuns();
  });
});
