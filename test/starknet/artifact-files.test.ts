import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FELT_PRIME, toBytes32 } from '../../src/starknet/felt.ts';
import { decodeProgramOutput, encodeProgramOutput } from '../../src/starknet/program-output-file.ts';
import { parseSnosOutputJson, snosOutputToJson } from '../../src/starknet/snos-output-json.ts';
import { expectCode } from './expect-code.ts';

const words = fc.array(fc.bigInt({ min: 0n, max: FELT_PRIME - 1n }), { maxLength: 20 });

describe('program_output.txt', () => {
  it('comes back from its bytes, also from a view into a larger buffer', () => {
    fc.assert(
      fc.property(words, (output) => {
        const bytes = encodeProgramOutput(output);
        expect(decodeProgramOutput(bytes)).toEqual(output);
        const larger = new Uint8Array(bytes.length + 9);
        larger.set(bytes, 5);
        expect(decodeProgramOutput(larger.subarray(5, 5 + bytes.length))).toEqual(output);
      }),
    );
  });

  it('is a little-endian count and big-endian words', () => {
    expect(encodeProgramOutput([1n, 258n])).toEqual(
      Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, ...toBytes32(1n), ...toBytes32(258n)]),
    );
    expect(encodeProgramOutput([])).toEqual(new Uint8Array(8));
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'too short'],
    ['seven bytes', new Uint8Array(7), 'too short'],
    ['a word cut off', encodeProgramOutput([1n, 2n]).subarray(0, 71), '2 words cannot have 71 bytes'],
    ['a byte too many', Uint8Array.from([...encodeProgramOutput([1n]), 0]), '1 words cannot have 41 bytes'],
    ['an absurd count', new Uint8Array(8).fill(255), 'cannot have 8 bytes'],
    ['a word that is no felt', Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, ...toBytes32(FELT_PRIME)]), 'word 0'],
  ])('is refused: %s', async (_name, bytes, text) => {
    await expectCode('OUTPUT_INVALID', text, () => decodeProgramOutput(bytes));
  });

  it('is not written with a word that is no felt', async () => {
    await expectCode('OUTPUT_INVALID', 'word 1', () => encodeProgramOutput([0n, FELT_PRIME]));
    await expectCode('OUTPUT_INVALID', 'word 0', () => encodeProgramOutput([-1n]));
  });
});

describe('snos_output.json', () => {
  it('comes back from its text', () => {
    fc.assert(fc.property(words, (output) => expect(parseSnosOutputJson(snosOutputToJson(output))).toEqual(output)));
  });

  it('is an array of hex words, of either case', () => {
    expect(JSON.parse(snosOutputToJson([0n, 171n]))).toEqual(['0x0', '0xab']);
    expect(parseSnosOutputJson('["0xAB"]')).toEqual([171n]);
  });

  it('is refused when it is something else', async () => {
    await expectCode('OUTPUT_INVALID', 'not JSON', () => parseSnosOutputJson('<html>'));
    await expectCode('OUTPUT_INVALID', 'not an array', () => parseSnosOutputJson('{"initial_root":"0x1"}'));
    await expectCode('FELT_INVALID', 'word 1 of snos_output.json', () => parseSnosOutputJson('["0x1", 2]'));
  });
});
