import { describe, expect, it } from '@jest/globals';
import { encodeOsOutput, parseOsOutput } from '../../../src/starknet/os-output.ts';
import { decodeProgramOutput } from '../../../src/starknet/program-output-file.ts';
import { parseStateUpdate } from '../../../src/starknet/state-update-json.ts';
import { failureOf } from '../fakes/errors.ts';
import { hashOf, rootOf } from '../fakes/fake-chain.ts';
import { PARAMETERS } from '../fakes/fake-settlement.ts';
import { afterProcess, specificOf, work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

describe('SnosRun', () => {
  it('stores the three artifacts and records fact, steps and block hash', async () => {
    const { handlers, objects, snosJob } = pipeline();
    const outcome = await handlers.snos.process(snosJob(1), work());
    expect(await objects.list('')).toEqual(['1/cairo_pie.zip', '1/program_output.txt', '1/snos_output.json']);
    expect(outcome).toMatchObject({ kind: 'submitted', verifyAfterMs: 0 });
    const specific = specificOf(outcome);
    expect(specific).toMatchObject({ type: 'Snos', end_block_hash: '0xb10c0001' });
    expect(specific.type === 'Snos' && specific.snos_fact).toMatch(/^0x[0-9a-f]{64}$/);
    expect(specific.type === 'Snos' && specific.snos_n_steps).toBeGreaterThan(0);
  });

  it('makes the ten-word output that the block must have', async () => {
    const { objects, snosDone } = pipeline();
    await snosDone(1);
    const words = decodeProgramOutput(await objects.get('1/program_output.txt'));
    const output = parseOsOutput(words);
    expect(output).toMatchObject({
      initialRoot: rootOf(0),
      finalRoot: rootOf(1),
      prevBlockNumber: 0,
      newBlockNumber: 1,
      prevBlockHash: hashOf(0),
      newBlockHash: hashOf(1),
      osProgramHash: 0n,
      configHash: PARAMETERS.configHash,
      useKzgDa: true,
      fullOutput: false,
    });
    expect(output.messagesToL1).toHaveLength(2);
    expect(output.messagesToL2).toHaveLength(1);
    expect(encodeOsOutput(output)).toEqual(words);
  });

  it('starts a chain with previous block -1 and hash 0', async () => {
    const { objects, snosDone } = pipeline();
    await snosDone(0);
    const output = parseOsOutput(decodeProgramOutput(await objects.get('0/program_output.txt')));
    expect(output).toMatchObject({ prevBlockNumber: -1, prevBlockHash: 0n, initialRoot: 0n });
  });

  it('verifies what it stored', async () => {
    const { handlers, snosDone } = pipeline();
    expect(await handlers.snos.verify(await snosDone(1), work())).toEqual({ kind: 'verified' });
  });

  it.each(['cairo_pie.zip', 'snos_output.json', 'program_output.txt'])(
    'rejects a run whose %s is gone or damaged, and makes it again',
    async (name) => {
      const { handlers, objects, snosJob, snosDone } = pipeline();
      const job = await snosDone(1);
      objects.damage(`1/${name}`, (content) => content.subarray(0, content.length - 30));
      expect(await handlers.snos.verify(job, work())).toMatchObject({ kind: 'rejected' });
      await objects.delete(`1/${name}`);
      expect(await handlers.snos.verify(job, work())).toMatchObject({
        kind: 'rejected',
        reason: expect.stringContaining('OBJECT_NOT_FOUND'),
      });
      const again = afterProcess(snosJob(1), await handlers.snos.process(snosJob(1), work()));
      expect(await handlers.snos.verify(again, work())).toEqual({ kind: 'verified' });
    },
  );

  it("rejects another block's artifacts", async () => {
    const { handlers, objects, snosDone } = pipeline();
    const job = await snosDone(1);
    await snosDone(2);
    for (const name of ['2/program_output.txt', '2/snos_output.json'])
      await objects.put(name.replace('2/', '1/'), await objects.get(name));
    expect(await handlers.snos.verify(job, work())).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('fact'),
    });
    await objects.put('1/cairo_pie.zip', await objects.get('2/cairo_pie.zip'));
    expect(await handlers.snos.verify(job, work())).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('The Cairo PIE 1/cairo_pie.zip has the SHA-256'),
    });
  });

  it('stores nothing once its lease is lost', async () => {
    const controller = new AbortController();
    const { handlers, objects, snosJob } = pipeline({
      runner: (honest) => ({
        run: async (request) => {
          const result = await honest.run(request);
          controller.abort(new Error('lease lost'));
          return result;
        },
      }),
    });
    await expect(handlers.snos.process(snosJob(1), work(controller.signal))).rejects.toThrow('lease lost');
    expect(await objects.list('')).toEqual([]);
  });
});

describe('SnosRun, the chain it reads', () => {
  it('refuses a parent hash that is not that of the block before, and names both', async () => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.change(1, ({ header }) => ({ header: { ...header, parentHash: 0xbadn } }));
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(error).toMatchObject({ code: 'CHAIN_BROKEN', retry: 'permanent' });
    expect(error.message).toContain('0xbad');
    expect(error.message).toContain('0xb10c0000');
    expect(await objects.list('')).toEqual([]);
  });

  it.each([
    ['recorded', '(as it was recorded)'],
    ['contract', '(as the core contract holds it)'],
  ] as const)(
    'refuses a parent hash that is not the known one (%s), though the node agrees with itself',
    async (source, words) => {
      const { handlers, objects, snosJob } = pipeline({
        knownHashOf: async (block) => (block === 0 ? { hash: 0x01d5e77n, source } : undefined),
      });
      const error = await failureOf(handlers.snos.process(snosJob(1), work()));
      expect(error.code).toBe('CHAIN_BROKEN');
      expect(error.message).toContain(`0x1d5e77 ${words}`);
      expect(await objects.list('')).toEqual([]);
    },
  );

  it('takes a block whose predecessor only the contract knows', async () => {
    const { handlers, chain, snosJob } = pipeline({ knownHashOf: async () => ({ hash: 0n, source: 'contract' }) });
    const headers = chain.blockHeader.bind(chain);
    chain.blockHeader = async (block) => (block === 0 ? Promise.reject(new Error('not asked')) : headers(block));
    chain.change(1, ({ header }) => ({ header: { ...header, parentHash: 0n } }));
    expect(await handlers.snos.process(snosJob(1), work())).toMatchObject({ kind: 'submitted' });
  });

  it('refuses a parent of block 0', async () => {
    const { handlers, chain, snosJob } = pipeline();
    chain.change(0, ({ header }) => ({ header: { ...header, parentHash: 1n } }));
    expect((await failureOf(handlers.snos.process(snosJob(0), work()))).code).toBe('CHAIN_BROKEN');
  });

  it.each([
    ['block hash', { blockHash: 0xbadn }],
    ['new root', { newRoot: 0xbadn }],
  ])('refuses a state update whose %s is not the header’s', async (what, wrong) => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.change(1, ({ update }) => ({ update: { ...update, ...wrong } }));
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(error.code).toBe('CHAIN_BROKEN');
    expect(error.message).toContain(what);
    expect(await objects.list('')).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['no state diff', { block_hash: '0x1', new_root: '0x2', old_root: '0x1' }],
    [
      'a key that is no felt',
      malformed({ storage_diffs: [{ address: '0x1', storage_entries: [{ key: 'zz', value: '0x1' }] }] }),
    ],
    ['a value beyond the field', malformed({ nonces: [{ contract_address: '0x1', nonce: `0x${'f'.repeat(64)}` }] })],
    ['HTML', '<html>502 Bad Gateway</html>'],
  ])('refuses a malformed state update: %s', async (_what, json) => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.stateUpdate = async () => parseStateUpdate(json);
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(['STATE_UPDATE_INVALID', 'FELT_INVALID']).toContain(error.code);
    expect(error.retry).toBe('permanent');
    expect(await objects.list('')).toEqual([]);
  });

  it('refuses a Starknet version that it does not know', async () => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.change(1, ({ header }) => ({ header: { ...header, starknetVersion: '99.0.0' } }));
    expect((await failureOf(handlers.snos.process(snosJob(1), work()))).code).toBe('VERSION_UNSUPPORTED');
    expect(await objects.list('')).toEqual([]);
  });

  it('waits for a block that the node does not have', async () => {
    const { handlers, snosJob } = pipeline();
    expect(await handlers.snos.process(snosJob(9), work())).toMatchObject({ kind: 'deferred' });
  });
});

/** State update in the form of the RPC, all of it well-formed but `wrong`. */
function malformed(wrong: object): object {
  const diff = {
    storage_diffs: [],
    nonces: [],
    deployed_contracts: [],
    replaced_classes: [],
    declared_classes: [],
    deprecated_declared_classes: [],
  };
  return { block_hash: '0xb10c0001', new_root: '0x1001', old_root: '0x1000', state_diff: { ...diff, ...wrong } };
}

describe('SnosRun, repeated', () => {
  it('does not run the OS again when the artifacts are there', async () => {
    let runs = 0;
    const { handlers, snosJob } = pipeline({
      runner: (honest) => ({
        run: (request) => {
          runs += 1;
          return honest.run(request);
        },
      }),
    });
    const first = await handlers.snos.process(snosJob(1), work());
    const second = await handlers.snos.process(snosJob(1), work());
    expect(second).toEqual(first);
    expect(runs).toBe(1);
  });

  it('runs again when the artifacts are of another output', async () => {
    const { handlers, chain, snosJob, snosDone } = pipeline();
    const before = specificOf(await handlers.snos.process(snosJob(1), work()));
    chain.change(1, () => ({ messages: { toL1: [], toL2: [], assumed: false } }));
    const job = await snosDone(1);
    expect(job.metadata.specific).not.toEqual(before);
    expect(await handlers.snos.verify(job, work())).toEqual({ kind: 'verified' });
  });

  it.each([1, 2, 3])('ends the same after a crash behind write %i', async (write) => {
    const undisturbed = pipeline();
    const expected = await undisturbed.snosDone(1);
    const { handlers, objects, snosJob, snosDone } = pipeline();
    objects.crashAfterWrite = write;
    await expect(handlers.snos.process(snosJob(1), work())).rejects.toThrow('the process died here');
    const job = await snosDone(1);
    expect(job.metadata.specific).toEqual(expected.metadata.specific);
    for (const key of await undisturbed.objects.list(''))
      expect(await objects.get(key)).toEqual(await undisturbed.objects.get(key));
    expect(await handlers.snos.verify(job, work())).toEqual({ kind: 'verified' });
  });
});
