import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobLines, type StateDiffReport } from '../../src/app/decode/blob-report.ts';
import {
  decodeBlobFiles,
  decodeCalldataFile,
  decodeOutputFile,
  decodePieFile,
  decodeTransactionFile,
} from '../../src/app/decode/decode-file.ts';
import { type OutputReport, outputLines } from '../../src/app/decode/output-report.ts';
import { pieLines } from '../../src/app/decode/pie-report.ts';
import { wordsToBlobs } from '../../src/starknet/blob.ts';
import { compressWords } from '../../src/starknet/compression/stateless-compression.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { buildSmallPie } from '../../src/starknet/pie/small-pie.ts';
import { encodeProgramOutput } from '../../src/starknet/program-output-file.ts';
import { parseStateUpdate } from '../../src/starknet/state-update-json.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { describeWithVectors, readVectorBytes, readVectorJson } from '../vectors.ts';

const WORDS = [2n, 1n, 6n, 20n, 99n, 300n, (4n << 10n) | (2n << 2n) | 3n, 77n, 1n, 2n, 3n, 4n, 1n, 88n, 89n];
const OUTPUT = [5n, 6n, 9n, 10n, 7n, 8n, 11n, 12n, 1n, 0n, 13n, 1n, 14n, 15n, 16n, 17n, 4n, 1n, 2n, 1n, 3n, 0n];
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'decode-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('decode blob', () => {
  const expected = {
    header_layout: 'new',
    l2_blocks: [30, 30],
    contracts: 2,
    storage_writes: 3,
    class_changes: 1,
    declared_classes: 1,
    n_words: 15,
    state_diff: {
      contracts: [
        { address: '0x1', class_hash: null, nonce: 0, storage: [{ key: '0x14', value: '0x63' }] },
        {
          address: '0x12c',
          class_hash: '0x4d',
          nonce: 4,
          storage: [
            { key: '0x1', value: '0x2' },
            { key: '0x3', value: '0x4' },
          ],
        },
      ],
      classes: [{ class_hash: '0x58', compiled_class_hash: '0x59' }],
    },
  };
  const [blob = new Uint8Array()] = wordsToBlobs(WORDS, 1);

  it.each<[string, Uint8Array | string]>([
    ['bytes', blob],
    ['hex', hexOf(blob)],
    ['hex with 0x and line breaks', `0x${hexOf(blob).replace(/(.{64})/g, '$1\n')}`],
    ['JSON of blobs', JSON.stringify([`0x${hexOf(blob)}`])],
    ['JSON of words', JSON.stringify(WORDS.map((word) => `0x${word.toString(16)}`))],
  ])('reads %s', async (form, content) => {
    const report = await decodeBlobFiles([file(`blob ${form}`, content)]);
    expect(report).toMatchObject(expected);
    expect(blobLines(report).join('\n')).toContain('contract 0x12c  nonce 4, class 0x4d\n  0x1 = 0x2');
  });

  it('reads several blobs, compressed, in their order only', async () => {
    const writes = Array.from({ length: 4_200 }, (_, i) => [BigInt(i + 1), (BigInt(i) + 5n) ** 20n]).flat();
    const words = compressWords([1n, 300n, (4200n << 2n) | (1n << 66n), ...writes, 0n]);
    const paths = wordsToBlobs(words, 6).map((bytes, index) => file(`part ${index}`, hexOf(bytes)));
    expect(paths.length).toBe(2);
    expect(await decodeBlobFiles(paths)).toMatchObject({
      n_words: words.length,
      compressed: true,
      storage_writes: 4200,
    });
  });

  it('says what else a file is', async () => {
    const cases: [string, Uint8Array | string, string][] = [
      ['pie', await buildSmallPie(OUTPUT), 'a zip archive'],
      ['output', encodeProgramOutput(OUTPUT), 'a program output of 22 words'],
      ['empty', '', 'empty'],
      ['page', '<!DOCTYPE html>', 'a web page'],
      ['update', '{"state_diff":{},"new_root":"0x1"}', 'a state update'],
      ['object', '{"a":1}', 'a JSON object with the fields a'],
      ['broken', '{"a":1', 'begins like JSON and is none'],
      ['text', 'hello there', 'text that begins with "hello there"'],
      ['binary', Uint8Array.of(0x89, 0x50, 0, 1), 'binary data of 4 bytes'],
      ['calldata', '0x507ee528', 'call data of the core contract'],
    ];
    for (const [name, content, text] of cases) {
      const path = file(name, content);
      const error = await expectCode('INPUT_INVALID', `${path} is not a blob: it is `, () => decodeBlobFiles([path]));
      expect(error.message).toContain(text);
    }
    await expectCode('INPUT_INVALID', 'is not a file', () => decodeBlobFiles([folder]));
    await expectCode('INPUT_INVALID', 'ENOENT', () => decodeBlobFiles([join(folder, 'nowhere')]));
  });

  it('refuses blobs that hold no state difference', async () => {
    await expectCode('WORDS_INVALID', 'no state difference', () => decodeBlobFiles([file('z', '[5,6,7]')]));
    await expectCode('BLOB_INVALID', 'scalar field', () => decodeBlobFiles([file('f', 'ff'.repeat(131_072))]));
    const constant = file('constant', '12'.repeat(131_072));
    await expectCode('WORDS_INVALID', 'no data of Starknet', () => decodeBlobFiles([constant]));
  });
});

describe('decode output', () => {
  it.each<[string, Uint8Array | string]>([
    ['binary', encodeProgramOutput(OUTPUT)],
    ['decimal lines', OUTPUT.join('\n')],
    ['hex lines', OUTPUT.map((word) => word.toString(16).padStart(64, '0')).join('\n')],
    ['hex with 0x', OUTPUT.map((word) => `0x${word.toString(16)}`).join(' ')],
    ['JSON texts', JSON.stringify(OUTPUT.map((word) => `0x${word.toString(16)}`))],
    ['JSON numbers', `[${OUTPUT.join(', ')}]`],
  ])('reads %s', async (form, content) => {
    const report = (await decodeOutputFile(file(`output ${form}`, content))) as OutputReport;
    expect(report).toMatchObject({
      layout: 'current',
      prev_block_number: 9,
      new_block_number: 10,
      z: '0xd',
      messages_to_l1: [{ from: '0x1', to: '0x2', payload: ['0x3'] }],
    });
    expect(outputLines(report).join('\n')).toMatch(/^blocks +10\n/);
  });

  it('reads the header that older versions store', async () => {
    const header = '{"initial_root":"0x1","new_block_number":"0x9EF2D","use_kzg_da":"0x1","messages_to_l1":["0x1"]}';
    expect(await decodeOutputFile(file('header', header))).toEqual({
      kind: 'os-output-header',
      initial_root: '0x1',
      new_block_number: 651_053,
      use_kzg_da: 1,
      messages_to_l1_words: 1,
    });
  });

  it('refuses numbers that are no output, and other files', async () => {
    await expectCode('OUTPUT_INVALID', 'no output of the Starknet OS', () => decodeOutputFile(file('n', '1 2 3')));
    await expectCode('INPUT_INVALID', 'decode blob', () => decodeOutputFile(file('b', '00'.repeat(131_072))));
  });
});

describe('decode pie, calldata and tx', () => {
  it('a small PIE', async () => {
    const report = await decodePieFile(file('own.zip', await buildSmallPie(OUTPUT)));
    expect(report).toMatchObject({ n_steps: 46, aggregator: false, page_sizes: [22], tree: [1, 0] });
    expect(report.pages).toEqual([{ id: 0, start: 0, size: 22 }]);
    expect(report.output[3]).toBe('0xa');
    expect(report.os_output?.new_block_number).toBe(10);
    expect(pieLines(report).join('\n')).toContain(report.fact);
  });

  it('say what else a file is', async () => {
    const words = file('words', '[1,2]');
    await expectCode('INPUT_INVALID', 'is not a Cairo PIE: it is a list of 2 numbers', () => decodePieFile(words));
    await expectCode('INPUT_INVALID', 'is not call data', () => decodeCalldataFile(words));
    await expectCode('INPUT_INVALID', 'is not a transaction', () => decodeTransactionFile(words));
    await expectCode('INPUT_INVALID', 'cannot be decoded', () =>
      decodeCalldataFile(file('c', `507ee528${'ff'.repeat(64)}`)),
    );
    await expectCode('INPUT_INVALID', 'cannot be read', () =>
      decodeTransactionFile(file('t', Uint8Array.of(2, 0xf8, 1))),
    );
  });
});

describeWithVectors('decode of recorded files', (dir) => {
  const derived = (folderName: string) => readVectorJson(folderName, 'derived.json') as Record<string, unknown>;
  const single = ['da/631861', 'da/638353', 'da/639404', 'da/640644', 'da/671070', 'ethereum/20462818'];
  single.push('ethereum/20468828', 'ethereum/6806848', 'settled/630872', 'settled/651053', 'settled/651054');
  single.push('settled/651056', 'batch/6815891');

  it.each(single)('%s: blocks, contracts, writes, classes, words', async (name) => {
    const { header_layout, ...own } = (await decodeBlobFiles([join(dir, name, 'blob.txt')])) as StateDiffReport;
    const expected = derived(name);
    for (const field of ['l2_blocks', 'contracts', 'storage_writes', 'class_changes', 'declared_classes', 'n_words'])
      expect({ [field]: own[field as keyof typeof own] }).toEqual({ [field]: expected[field] });
    expect(expected.header_layout).toContain(header_layout);
  });

  it('batch/8373665: two blobs, compressed, exactly the state difference of 500 blocks', async () => {
    const blobs = [1, 2].map((k) => join(dir, 'batch', '8373665', `blob_${k}.txt`));
    const report = (await decodeBlobFiles(blobs)) as StateDiffReport;
    const { l2_blocks, contracts, plain_words, compressed_words, n_blobs } = derived('batch/8373665');
    expect(report).toMatchObject({
      l2_blocks,
      contracts,
      plain_words,
      n_words: compressed_words,
      n_blobs,
      aliased: true,
    });
    const update = parseStateUpdate(readVectorJson('batch', '8373665', 'aliased.json.gz'));
    expect(wordsAgain(report)).toEqual(daWords(update, { layout: 'new' }));
    const error = await expectCode('WORDS_INVALID', 'stream of 7023 words', () => decodeBlobFiles(blobs.slice(0, 1)));
    expect(error.hint).toContain('several blobs');
    await expectCode('WORDS_INVALID', 'no state difference', () => decodeBlobFiles(blobs.toReversed()));
  });

  it('paradex/1: the blob is encrypted for two keys', async () => {
    expect(await decodeBlobFiles([join(dir, 'paradex', '1', 'da_segment.json')])).toEqual({
      kind: 'encrypted',
      n_blobs: 1,
      n_keys: 2,
    });
  });

  it.each<[string, object]>([
    ['da/671070/program_output.txt', { layout: 'legacy', new_block_number: 671_070 }],
    ['ethereum/20468828/program_output.txt', { layout: 'legacy', new_block_number: 666_040 }],
    ['ethereum/6806848/program_output.txt', { prev_block_number: 218_378, new_block_number: 218_402 }],
    ['batch/8373665/program_output.txt', { prev_block_number: 789_877, new_block_number: 790_377, n_words: 112 }],
    ['paradex/1/program_output.json', { prev_block_number: 489_999, new_block_number: 490_001 }],
    ['settled/651053/snos_output.json', { new_block_number: 651_053 }],
  ])('%s', async (name, expected) => {
    expect(await decodeOutputFile(join(dir, name))).toMatchObject(expected);
  });

  it.each<[string, number, number]>([
    ['ethereum/6806848', 218_402, 1],
    ['batch/8373665', 790_377, 18],
  ])('%s: call data', async (name, block, messages) => {
    const report = await decodeCalldataFile(join(dir, name, 'expected_calldata.txt'));
    expect(report.os_output.new_block_number).toBe(block);
    expect(report.os_output.messages_to_l1.length).toBe(messages);
    const { versioned_hash, versioned_hashes = [versioned_hash] } = derived(name);
    expect(report.os_output.blobs.map((blob) => blob.versioned_hash)).toEqual(versioned_hashes);
  });

  it('every PIE: program hash, fact, output, pages', async () => {
    const facts = readVectorJson('pie', 'facts.json') as Record<string, unknown>[];
    for (const { file: name, program_hash, fact, tree, page_sizes, output_words_total, output_words_hashed } of facts) {
      const report = await decodePieFile(join(dir, String(name)));
      expect(report).toMatchObject({ program_hash, fact, tree, page_sizes, hashed_words: output_words_hashed });
      expect(report.output.length).toBe(output_words_total);
    }
  });

  it('a wrong file of every kind is told', async () => {
    const blob = join(dir, 'da', '671070', 'blob.txt');
    const pie = join(dir, 'pie', 'fibonacci.zip');
    await expectCode('INPUT_INVALID', 'it is a blob of 131072 bytes', () => decodePieFile(blob));
    await expectCode('INPUT_INVALID', 'it is a zip archive', () => decodeOutputFile(pie));
    await expectCode('INPUT_INVALID', 'it is a blob', () => decodeCalldataFile(blob));
    await expectCode('INPUT_INVALID', 'decode calldata', () =>
      decodeOutputFile(join(dir, 'ethereum', '6806848', 'expected_calldata.txt')),
    );
    await expectCode('INPUT_INVALID', 'a state update', () =>
      decodeBlobFiles([join(dir, 'da', '671070', 'state_update.json')]),
    );
  });

  it('a blob as bytes is the same as one in hex', async () => {
    const bytes = readVectorBytes('ethereum', '6806848', 'blob.txt');
    expect(await decodeBlobFiles([file('raw', bytes)])).toEqual(
      await decodeBlobFiles([join(dir, 'ethereum', '6806848', 'blob.txt')]),
    );
  });
});

/** The words that the report came from, written anew from what it says. */
function wordsAgain({ state_diff }: StateDiffReport): bigint[] {
  return daWords(
    {
      blockHash: 0n,
      oldRoot: 0n,
      newRoot: 0n,
      stateDiff: {
        storageDiffs: state_diff.contracts.map(({ address, storage }) => ({
          address: BigInt(address),
          entries: storage.map(({ key, value }) => ({ key: BigInt(key), value: BigInt(value) })),
        })),
        nonces: state_diff.contracts.flatMap(({ address, nonce }) =>
          BigInt(nonce) === 0n ? [] : [{ address: BigInt(address), nonce: BigInt(nonce) }],
        ),
        deployedContracts: state_diff.contracts.flatMap(({ address, class_hash }) =>
          class_hash === null ? [] : [{ address: BigInt(address), classHash: BigInt(class_hash) }],
        ),
        replacedClasses: [],
        declaredClasses: state_diff.classes.map(({ class_hash, compiled_class_hash }) => ({
          classHash: BigInt(class_hash),
          compiledClassHash: BigInt(compiled_class_hash),
        })),
        migratedCompiledClasses: [],
        deprecatedDeclaredClasses: [],
      },
    },
    { layout: 'new' },
  );
}
