import { describe, expect, it } from '@jest/globals';
import { SimulatedSnosRunner } from '../../src/snos/simulated/simulated-snos-runner.ts';
import { smallChain } from './fakes/fake-chain.ts';
import { hashKzg } from './fakes/hash-kzg.ts';
import { work } from './fakes/jobs.ts';
import { pipeline } from './fakes/pipeline.ts';

const RANGE = { first: 0, last: 2 };

/** The pipeline, and a chain that stops the work at the read that `stopAfter` counts down to. */
function scene() {
  const stop = new AbortController();
  const chain = smallChain();
  const asked: string[] = [];
  let left = Number.POSITIVE_INFINITY;
  for (const name of ['blockHeader', 'stateUpdate', 'blockMessages'] as const) {
    const ask = chain[name].bind(chain) as (block: number) => Promise<never>;
    chain[name] = async (block: number) => {
      asked.push(`${name} ${block}`);
      left -= 1;
      if (left === 0) stop.abort(new Error('ran too long'));
      return ask(block);
    };
  }
  const stopAfter = (reads: number) => {
    left = reads;
    asked.length = 0;
  };
  return { ...pipeline({ chain }), stop, asked, stopAfter };
}

describe('work that is stopped', () => {
  it('reads no further blocks for what a run must have put out', async () => {
    const { handlers, snosJob, stop, asked, stopAfter } = scene();
    stopAfter(1);
    await expect(handlers.snos.process(snosJob(RANGE), work(stop.signal))).rejects.toThrow('ran too long');
    // A group of headers is asked for at once, and nothing after it.
    expect(asked).toEqual(['blockHeader 0']);
  });

  it('reads no messages when it was stopped over the state updates', async () => {
    const { handlers, snosJob, stop, asked, stopAfter } = scene();
    stopAfter(6);
    await expect(handlers.snos.process(snosJob(RANGE), work(stop.signal))).rejects.toThrow('ran too long');
    expect(asked.filter((call) => call.startsWith('blockMessages'))).toEqual([]);
  });

  it('reads no further blocks for a simulated run', async () => {
    const { chain, settlement, stop, asked, stopAfter } = scene();
    const runner = new SimulatedSnosRunner({ node: chain, kzg: hashKzg, settlement, maxBlobs: 6 });
    stopAfter(3);
    const run = runner.run({ range: RANGE, fullOutput: false, signal: stop.signal });
    await expect(run).rejects.toThrow('ran too long');
    expect(asked.filter((call) => !call.startsWith('blockHeader'))).toEqual([]);
  });

  it('reads no further blocks for blobs', async () => {
    const { handlers, daJob, stop, asked, stopAfter } = scene();
    const job = await daJob(RANGE);
    stopAfter(3);
    await expect(handlers.da.process(job, work(stop.signal))).rejects.toThrow('ran too long');
    expect(asked.filter((call) => !call.startsWith('blockHeader'))).toEqual([]);
  });
});
