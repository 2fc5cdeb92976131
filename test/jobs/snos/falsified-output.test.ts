import { describe, expect, it } from '@jest/globals';
import type { SnosResult, SnosRunner } from '../../../src/snos/snos-runner.ts';
import { encodeOsOutput, type OsOutput, parseOsOutput } from '../../../src/starknet/os-output.ts';
import { buildSmallPie } from '../../../src/starknet/pie/small-pie.ts';
import { failureOf } from '../fakes/errors.ts';
import { smallChain } from '../fakes/fake-chain.ts';
import { PARAMETERS } from '../fakes/fake-settlement.ts';
import { work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

/** A runner that changes its result; the PIE follows the words, so that only the words can give it away. */
function lying(lie: (honest: SnosResult) => Promise<SnosResult> | SnosResult) {
  return (honest: SnosRunner): SnosRunner => ({ run: async (request) => lie(await honest.run(request)) });
}

async function withWords(honest: SnosResult, programOutput: readonly bigint[]): Promise<SnosResult> {
  return { ...honest, programOutput, pie: await buildSmallPie(programOutput) };
}

function withOutput(change: (output: OsOutput) => OsOutput) {
  return lying((honest) => withWords(honest, encodeOsOutput(change(parseOsOutput(honest.programOutput)))));
}

const kzgOf = (output: OsOutput) => {
  if (output.kzg === undefined) throw new Error('no KZG section');
  return output.kzg;
};
const otherCommitment = new Uint8Array(48).fill(7);

const lies: readonly (readonly [string, string, (output: OsOutput) => OsOutput])[] = [
  ['initial root', 'initialRoot', (o) => ({ ...o, initialRoot: 1n })],
  ['final root', 'finalRoot', (o) => ({ ...o, finalRoot: 1n })],
  ['parent hash', 'prevBlockHash', (o) => ({ ...o, prevBlockHash: 1n })],
  ['block hash', 'newBlockHash', (o) => ({ ...o, newBlockHash: 1n })],
  ['block number', 'newBlockNumber', (o) => ({ ...o, newBlockNumber: o.newBlockNumber + 1 })],
  ['previous number', 'prevBlockNumber', (o) => ({ ...o, prevBlockNumber: -1 })],
  ['config hash', 'configHash', (o) => ({ ...o, configHash: 1n })],
  ['OS program hash', 'osProgramHash', (o) => ({ ...o, osProgramHash: 1n })],
  ['full output flag', 'fullOutput', (o) => ({ ...o, fullOutput: true })],
  ['challenge z', 'z', (o) => ({ ...o, kzg: { ...kzgOf(o), z: kzgOf(o).z + 1n } })],
  [
    'evaluation y',
    'evaluation',
    (o) => ({ ...o, kzg: { ...kzgOf(o), evaluations: kzgOf(o).evaluations.map((y) => y + 1n) } }),
  ],
  ['commitment', 'commitment', (o) => ({ ...o, kzg: { ...kzgOf(o), commitments: [otherCommitment] } })],
  [
    'number of blobs',
    'blobCount',
    (o) => ({
      ...o,
      kzg: {
        ...kzgOf(o),
        commitments: [...kzgOf(o).commitments, otherCommitment],
        evaluations: [...kzgOf(o).evaluations, 1n],
      },
    }),
  ],
  [
    'message to L1',
    'messagesToL1',
    (o) => ({ ...o, messagesToL1: o.messagesToL1.map((m) => ({ ...m, to: m.to + 1n })) }),
  ],
  ['missing message to L1', 'messagesToL1', (o) => ({ ...o, messagesToL1: [] })],
  [
    'message to L2',
    'messagesToL2',
    (o) => ({ ...o, messagesToL2: o.messagesToL2.map((m) => ({ ...m, nonce: m.nonce + 1n })) }),
  ],
];

describe('a runner that falsifies', () => {
  it.each(lies)('the %s is refused by name, and nothing is stored', async (_what, field, change) => {
    const { handlers, objects, snosJob } = pipeline({ runner: withOutput(change) });
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', retry: 'permanent' });
    expect(error.context.field).toBe(field);
    expect(objects.writes).toBe(0);
  });

  it.each([
    ['a word too many', (words: readonly bigint[]) => [...words, 0n], 'wordCount'],
    ['a word too few', (words: readonly bigint[]) => words.slice(0, -1), 'wordCount'],
    ['the header only', (words: readonly bigint[]) => words.slice(0, 10), 'wordCount'],
    ['no KZG flag', (words: readonly bigint[]) => words.map((word, i) => (i === 8 ? 0n : word)), 'wordCount'],
    ['a KZG flag of 2', (words: readonly bigint[]) => words.map((word, i) => (i === 8 ? 2n : word)), 'useKzgDa'],
  ])('the layout (%s) is refused by name, and nothing is stored', async (_what, change, field) => {
    const { handlers, objects, snosJob } = pipeline({
      runner: lying((honest) => withWords(honest, change(honest.programOutput))),
    });
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', retry: 'permanent' });
    expect(error.context.field).toBe(field);
    expect(objects.writes).toBe(0);
  });

  it('the program hash is refused by name, and nothing is stored', async () => {
    const { handlers, objects, snosJob } = pipeline({ runner: lying((honest) => ({ ...honest, programHash: 1n })) });
    const error = await failureOf(handlers.snos.process(snosJob(1), work()));
    expect(error.code).toBe('OUTPUT_MISMATCH');
    expect(error.context.field).toBe('programHash');
    expect(objects.writes).toBe(0);
  });

  it('the PIE is refused, and nothing is stored', async () => {
    const { handlers, objects, snosJob } = pipeline({
      runner: lying(async (honest) => ({ ...honest, pie: await buildSmallPie(honest.programOutput.slice(1)) })),
    });
    expect((await failureOf(handlers.snos.process(snosJob(1), work()))).code).toBe('PIE_INVALID');
    expect(objects.writes).toBe(0);
  });
});

describe('a runner that may differ', () => {
  it('is trusted with messages that the node cannot list', async () => {
    const chain = smallChain();
    chain.change(0, () => ({ messages: { toL1: [], toL2: [], assumed: true } }));
    const messagesToL1 = [{ from: 1n, to: 2n, payload: [3n] }];
    const { handlers, snosJob } = pipeline({ chain, runner: withOutput((o) => ({ ...o, messagesToL1 })) });
    expect(await handlers.snos.process(snosJob(0), work())).toMatchObject({ kind: 'submitted' });
  });

  it('may have its output aggregated when word 6 is the OS that the contract knows', async () => {
    const aggregated = withOutput((o) => ({ ...o, osProgramHash: PARAMETERS.programHash }));
    const { handlers, snosJob } = pipeline({
      runner: (honest) => ({
        run: async (request) => ({
          ...(await aggregated(honest).run(request)),
          programHash: PARAMETERS.aggregatorProgramHash,
        }),
      }),
    });
    expect(await handlers.snos.process(snosJob(1), work())).toMatchObject({ kind: 'submitted' });
  });
});
