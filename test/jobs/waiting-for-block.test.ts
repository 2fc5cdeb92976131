import { expect, it } from '@jest/globals';
import { work } from './fakes/jobs.ts';
import { pipeline } from './fakes/pipeline.ts';

it.each(['SnosRun', 'DataSubmission'] as const)('%s waits, at no attempt, for a node that is behind', async (type) => {
  const { handlers, chain, snosJob, daJob } = pipeline();
  const job = await (type === 'SnosRun' ? snosJob(2) : daJob(2));
  const handler = type === 'SnosRun' ? handlers.snos : handlers.da;
  const block = chain.blocks.get(2);
  if (block === undefined) throw new Error('the chain has no block 2');
  chain.blocks.delete(2);
  expect(await handler.process(job, work())).toMatchObject({
    kind: 'deferred',
    waitingFor: expect.stringContaining('no block 2'),
    brief: true,
  });
  chain.blocks.set(2, block);
  expect(await handler.process(job, work())).toMatchObject({ kind: 'submitted' });
});

it('other failures pass unchanged', async () => {
  const { handlers, chain, snosJob } = pipeline();
  const failure = new Error('not about blocks');
  chain.blockHeader = () => Promise.reject(failure);
  await expect(handlers.snos.process(snosJob(2), work())).rejects.toBe(failure);
});
