import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseOsOutput } from '../../src/starknet/os-output.ts';
import { pieFact } from '../../src/starknet/pie/pie-fact.ts';
import { encodeMemory, type MemoryCell } from '../../src/starknet/pie/pie-format.ts';
import { readPie, readPieOutput } from '../../src/starknet/pie/read-pie.ts';
import { buildSmallPie } from '../../src/starknet/pie/small-pie.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { describeWithVectors, readVectorJson } from '../vectors.ts';
import { ADDITIONAL, METADATA, RESOURCES } from './bombs.ts';
import { zip } from './zip-files.ts';

const CELLS: MemoryCell[] = [
  { segment: 2, offset: 1, value: 11n },
  { segment: 2, offset: 0, value: 10n },
];
const GOOD = {
  'metadata.json': METADATA,
  'additional_data.json': ADDITIONAL,
  'execution_resources.json': RESOURCES,
  'memory.bin': encodeMemory(CELLS),
  'version.json': '{"cairo_pie":"1.1"}',
};
type Files = Readonly<Record<string, Uint8Array | string | undefined>>;

const pie = (changes: Files = {}) =>
  zip(
    Object.entries<Uint8Array | string | undefined>({ ...GOOD, ...changes }).flatMap(([name, content]) =>
      content === undefined ? [] : [[name, content] as const],
    ),
  );

const listOf = (count: number, item: (index: number) => string) =>
  `[${Array.from({ length: count }, (_, i) => item(i))}]`;

async function expectReason(reason: string, archive: Uint8Array): Promise<void> {
  const error = await expectCode('PIE_INVALID', '', async () => pieFact(await readPie(archive)));
  expect(`${error.context.reason}: ${error.message}`).toContain(reason);
}

describe('a Cairo PIE', () => {
  it('is read whole', async () => {
    expect(await readPie(await pie())).toEqual({
      version: '1.1',
      program: { main: 0, builtins: ['output'], data: [1n, 2n, 3n] },
      builtinSegments: new Map([['output', { index: 2, size: 2 }]]),
      output: [10n, 11n],
      pages: [{ id: 1, start: 1, size: 1 }],
      topology: [2, 1, 0, 2],
      nSteps: 72,
      nMemoryHoles: 0,
      builtinInstances: new Map([['output_builtin', 2]]),
      memoryCells: 2,
    });
  });

  it('is read whole with 400,000 Pedersen hashes, of which its additional data lists every one', async () => {
    const hashes = listOf(400_000, (index) => `[3,${3 * index + 2}]`);
    const large = await readPie(await pie({ 'additional_data.json': ADDITIONAL.replace('[[3,2]]', hashes) }));
    expect(large).toEqual(await readPie(await pie()));
  });

  it('of our own making is read whole, with a fact', async () => {
    const words = [1n, 2n, 3n];
    const own = await readPie(await buildSmallPie(words));
    expect(own).toMatchObject({ output: words, topology: undefined, pages: [] });
    expect(await pieFact(own)).toMatchObject({ hashedOutput: words, layout: { pageSizes: [3], tree: [1, 0] } });
  });

  it.each<[string, Files]>([
    ['OutputBuiltinNoAdditionalData', { 'additional_data.json': undefined }],
    ['OutputBuiltinNoAdditionalData', { 'additional_data.json': '{"output_builtin":null}' }],
    ['OutputBuiltinNoSegmentInfo', { 'metadata.json': METADATA.replace('"output":{', '"other":{') }],
    ['InvalidSegment', { 'metadata.json': METADATA.replace('"index":2', '"index":65536') }],
    ['ProgramHashCompute', { 'metadata.json': METADATA.replace('[1,2,3]', '[]') }],
    ['ProgramHashCompute', { 'metadata.json': METADATA.replace('[1,2,3]', `[${2n ** 252n}]`) }],
    ['ProgramHashCompute', { 'metadata.json': METADATA.replace('020481}', '020483}') }],
    ['ProgramHashCompute', { 'metadata.json': METADATA.replace('"main":0', '"main":-1') }],
    ['ProgramHashCompute', { 'metadata.json': METADATA.replace('["output"]', '["Output!"]') }],
    ['OutputSegmentNotFound', { 'memory.bin': encodeMemory([{ segment: 1, offset: 0, value: 0n }]) }],
    ['OutputSegmentInconsistentOffset', { 'memory.bin': encodeMemory(CELLS.slice(1)) }],
    ['OutputSegmentInvalidRange', { 'memory.bin': encodeMemory([{ segment: 2, offset: 2, value: 0n }]) }],
    [
      'OutputSegmentUnexpectedRelocatable',
      { 'memory.bin': encodeMemory([{ segment: 2, offset: 0, value: { segment: 0, offset: 0 } }]) },
    ],
    ['ProgramOutputCompute', { 'memory.bin': encodeMemory([{ segment: 2, offset: 0, value: 2n ** 252n }]) }],
    ['MemoryInvalid', { 'memory.bin': new Uint8Array(41) }],
    ['MemoryInvalid', { 'memory.bin': new Uint8Array(40) }],
    ['FieldInvalid', { 'execution_resources.json': '{}' }],
    ['FieldInvalid', { 'execution_resources.json': '{"n_steps":9007199254740993}' }],
    ['FieldInvalid', { 'version.json': '{"cairo_pie":1}' }],
    ['FileMissing', { 'execution_resources.json': undefined }],
    ['NotJson', { 'additional_data.json': '{"a":1,"a":2}' }],
    ['NotJson', { 'metadata.json': '[1,]' }],
    ['NotJson', { 'additional_data.json': ADDITIONAL.replace('[3,2]', '[3,]') }],
    ['JsonTooLarge', { 'metadata.json': METADATA.replace('[1,2,3]', `${'['.repeat(99)}${']'.repeat(99)}`) }],
    ['JsonTooLarge', { 'additional_data.json': ADDITIONAL.replace('[3,2]', `${'['.repeat(99)}${']'.repeat(99)}`) }],
    [
      'JsonTooLarge',
      {
        'additional_data.json': ADDITIONAL.replace('[2,1,0,2]', listOf(1_000_000, String)),
      },
    ],
  ])('is refused as %s', async (reason, changes) => {
    await expectReason(reason, await pie(changes));
  });

  it.each<[string, string]>([
    ['TreeStructureEmpty', '[]'],
    ['TreeStructureLenOdd', '[1]'],
    ['TreeStructureTooLarge', '[1,0,1,0,1,0,1,0,1,0,1,0]'],
    ['TreeStructureInvalid', '[2147483648,0]'],
    ['TreeStructureInvalid', '[-1,0]'],
    ['TreeStructureInvalid', '{}'],
  ])('is refused as %s for the topology %s', async (reason, topology) => {
    await expectReason(reason, await pie({ 'additional_data.json': ADDITIONAL.replace('[2,1,0,2]', topology) }));
  });

  it('is refused for pages without a topology, and for page names that are no numbers', async () => {
    const without = ADDITIONAL.replace('"gps_fact_topology":[2,1,0,2]', '');
    await expectReason('OutputPagesLenUnexpected', await pie({ 'additional_data.json': without }));
    await expectReason(
      'OutputPagesUnexpectedId',
      await pie({ 'additional_data.json': ADDITIONAL.replace('"1"', '"x"') }),
    );
  });

  it('is refused for names that leave the folder, whichever way', async () => {
    const good = await zip([['metadata.json', METADATA]]);
    for (const name of ['../metadata.jso', '/metadata.json', 'a\\etadata.json'].map((text) => text.slice(0, 13))) {
      const text = Buffer.from(good).toString('latin1').replaceAll('metadata.json', name.padEnd(13, 'x'));
      await expectReason('ArchiveUnreadable', new Uint8Array(Buffer.from(text, 'latin1')));
    }
  });

  it('is refused when a file was changed behind its checksum', async () => {
    const archive = Buffer.from(await zip([['metadata.json', METADATA]]));
    // In the central directory, 16 bytes behind its signature.
    const at = archive.indexOf(Buffer.from('504b0102', 'hex')) + 16;
    archive.writeUInt32LE((archive.readUInt32LE(at) ^ 1) >>> 0, at);
    await expectReason('FileCorrupt', new Uint8Array(archive));
  });
});

describeWithVectors('recorded PIEs', (dir) => {
  const facts = () =>
    readVectorJson('pie', 'facts.json') as {
      file: string;
      aggregator: boolean;
      program_hash: string;
      output_words_total: number;
      output_words_hashed: number;
      tree: number[];
      page_sizes: number[];
      fact: string;
    }[];

  it('have the recorded program hash, fact, tree and pages', async () => {
    expect(facts().length).toBe(5);
    for (const expected of facts()) {
      const file = join(dir, expected.file);
      const own = await readPie({ file });
      const fact = await pieFact(own);
      expect({ ...fact, words: own.output.length, hashedOutput: fact.hashedOutput.length }).toMatchObject({
        programHash: BigInt(expected.program_hash),
        fact: expected.fact,
        words: expected.output_words_total,
        hashedOutput: expected.output_words_hashed,
        layout: { tree: expected.tree, pageSizes: expected.page_sizes },
      });
      expect(fact.prefixed !== undefined).toBe(expected.aggregator);
      expect(await readPieOutput(readFileSync(file))).toEqual(own.output);
    }
  });

  it('paradex/1: the joined output, steps and the hash with prefix', async () => {
    const own = await readPie({ file: join(dir, 'paradex', '1', 'aggregator_pie.zip') });
    expect(own).toMatchObject({ nSteps: 150_542, nMemoryHoles: 27, memoryCells: 148_999, version: '1.1' });
    expect(own.program.builtins).toEqual(['output', 'pedersen', 'range_check', 'ec_op', 'poseidon']);
    const fact = await pieFact(own);
    expect(fact.hashedOutput).toEqual((readVectorJson('paradex', '1', 'program_output.json') as string[]).map(BigInt));
    expect(parseOsOutput(fact.hashedOutput)).toMatchObject({ prevBlockNumber: 489_999, newBlockNumber: 490_001 });
    expect(fact.prefixed?.programHash).toBe(0x3c2bf03c21bd2794125c481d7e224fbd8793ac675d24cdc9d476761d0d4ccabn);
    expect(fact.prefixed?.fact).not.toBe(fact.fact);
  });
});
