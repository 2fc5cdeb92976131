import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ZipFile } from 'yazl';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { encodeMemory, type MemoryCell } from '../../src/starknet/pie/pie-format.ts';
import { buildSmallPie, readPieOutput } from '../../src/starknet/pie/small-pie.ts';
import { expectCode } from './expect-code.ts';

const METADATA = '{"builtin_segments":{"output":{"index":2,"size":2}}}';
const CELLS: MemoryCell[] = [
  { segment: 2, offset: 1, value: 11n },
  { segment: 1, offset: 0, value: { segment: 2, offset: 0 } },
  { segment: 2, offset: 0, value: 10n },
];

async function zip(files: readonly (readonly [string, Uint8Array | string])[]): Promise<Uint8Array> {
  const archive = new ZipFile();
  for (const [name, content] of files) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  return new Uint8Array(await buffer(archive.outputStream));
}

const pie = (metadata: string, cells: readonly MemoryCell[] | Uint8Array) =>
  zip([
    ['metadata.json', metadata],
    ['memory.bin', cells instanceof Uint8Array ? cells : encodeMemory(cells)],
  ]);

describe('small Cairo PIE', () => {
  it('gives its output back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.bigInt({ min: 0n, max: FELT_PRIME - 1n }), { maxLength: 40 }), async (output) => {
        expect(await readPieOutput(await buildSmallPie(output))).toEqual(output);
      }),
      { numRuns: 30 },
    );
  });

  it('has the same bytes for the same output', async () => {
    const output = Array.from({ length: 200 }, (_, i) => BigInt(i) ** 30n);
    expect(await buildSmallPie(output)).toEqual(await buildSmallPie(output));
    expect(await buildSmallPie(output)).not.toEqual(await buildSmallPie(output.with(3, 0n)));
  });

  it('is not made of words that are no felts, or of too many', async () => {
    await expectCode('PIE_INVALID', 'output word 1', () => buildSmallPie([1n, FELT_PRIME]));
    await expectCode('PIE_INVALID', '32768', () => buildSmallPie(new Array<bigint>(32_768).fill(0n)));
  });
});

describe('output of a Cairo PIE', () => {
  it('is read whatever the order of memory and files', async () => {
    expect(await readPieOutput(await pie(METADATA, CELLS))).toEqual([10n, 11n]);
    expect(
      await readPieOutput(
        await zip([
          ['memory.bin', encodeMemory(CELLS)],
          ['metadata.json', METADATA],
        ]),
      ),
    ).toEqual([10n, 11n]);
  });

  it('is read although the metadata hold integers beyond 2^53', async () => {
    const metadata = `{"program":{"data":[${FELT_PRIME - 1n}]},"builtin_segments":{"output":{"index":2,"size":2}}}`;
    expect(await readPieOutput(await pie(metadata, CELLS))).toEqual([10n, 11n]);
  });

  it.each<[string, string, readonly MemoryCell[] | Uint8Array, string]>([
    ['a missing word', METADATA, CELLS.slice(1), 'output word 1 of 2 is missing'],
    ['a word twice', METADATA, [...CELLS, { segment: 2, offset: 1, value: 11n }], 'output word 1 is there twice'],
    ['a word beyond the segment', METADATA, [...CELLS, { segment: 2, offset: 2, value: 0n }], 'beyond its size of 2'],
    [
      'an address as a word',
      METADATA,
      CELLS.with(0, { segment: 2, offset: 1, value: { segment: 0, offset: 0 } }),
      'is an address',
    ],
    [
      'a word that is no felt',
      METADATA,
      CELLS.with(0, { segment: 2, offset: 1, value: FELT_PRIME }),
      'not below the field prime',
    ],
    ['memory cut off', METADATA, encodeMemory(CELLS).subarray(1), 'not a multiple of 40'],
    ['an address without its flag', METADATA, new Uint8Array(40), 'no address flag'],
    ['metadata that are no JSON', '{', CELLS, 'metadata.json is not JSON'],
    ['no output segment', '{"builtin_segments":{}}', CELLS, 'no builtin_segments.output'],
    ['a negative size', '{"builtin_segments":{"output":{"index":2,"size":-1}}}', CELLS, 'no builtin_segments.output'],
    ['an absurd size', '{"builtin_segments":{"output":{"index":2,"size":9000000000}}}', CELLS, 'more than the limit'],
  ])('is refused: %s', async (_name, metadata, cells, text) => {
    await expectCode('PIE_INVALID', text, async () => readPieOutput(await pie(metadata, cells)));
  });

  it('is refused for bytes that are no archive, a cut one and a corrupt one', async () => {
    const good = await buildSmallPie([1n, 2n, 3n]);
    await expectCode('PIE_INVALID', 'not a zip', () => readPieOutput(new TextEncoder().encode('<html>no pie</html>')));
    await expectCode('PIE_INVALID', 'not a zip', () => readPieOutput(good.subarray(0, good.length - 30)));
    const corrupt = Uint8Array.from(good);
    corrupt.fill(0xff, 60, 120);
    await expectCode('PIE_INVALID', 'cannot be read', () => readPieOutput(corrupt));
  });

  it('is refused for an archive with a file missing, doubled, or with too many files', async () => {
    await expectCode('PIE_INVALID', 'memory.bin is missing', async () =>
      readPieOutput(await zip([['metadata.json', METADATA]])),
    );
    await expectCode('PIE_INVALID', 'metadata.json is missing', async () => readPieOutput(await zip([])));
    await expectCode('PIE_INVALID', 'is there twice', async () =>
      readPieOutput(
        await zip([
          ['metadata.json', METADATA],
          ['metadata.json', METADATA],
        ]),
      ),
    );
    await expectCode('PIE_INVALID', 'more than the limit', async () =>
      readPieOutput(await zip(Array.from({ length: 33 }, (_, i) => [`${i}`, '']))),
    );
  });

  it('is refused for an archive that would unpack to more than the limit', async () => {
    const bomb = await zip([
      ['metadata.json', Buffer.alloc(65 * 2 ** 20, 0x20)],
      ['memory.bin', encodeMemory(CELLS)],
    ]);
    expect(bomb.length).toBeLessThan(2 ** 20);
    await expectCode('PIE_INVALID', 'more than the limit', () => readPieOutput(bomb));
  });
});
