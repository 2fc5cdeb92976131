import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { BYTES_PER_BLOB, blobToWords, wordsToBlob } from '../../src/starknet/blob.ts';
import { BLS_SCALAR_MODULUS } from '../../src/starknet/bls-scalar.ts';
import { evaluateWords } from '../../src/starknet/challenge.ts';
import { joinCommitment, splitCommitment, versionedHash } from '../../src/starknet/commitment.ts';
import { fromBytes, toBytes32 } from '../../src/starknet/felt.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { expectCode } from './expect-code.ts';

const kzg = nativeKzg();
// More than the 64 of one cell: a polynomial of lower degree has the same proof, infinity, for all cells.
const words = Array.from({ length: 500 }, (_, i) => BigInt(i + 1) ** 27n);
const blob = wordsToBlob(words);
const z = 0x1234567890abcdefn;

describe('native KZG', () => {
  it('proves the value that the words have at z', async () => {
    const commitment = await kzg.commit(blob);
    const { proof, y } = await kzg.prove(blob, toBytes32(z));
    expect([fromBytes(y)]).toEqual(evaluateWords(words, z));
    expect(await kzg.verify(commitment, toBytes32(z), y, proof)).toBe(true);
    expect(await kzg.verify(commitment, toBytes32(z + 1n), y, proof)).toBe(false);
    expect(await kzg.verify(commitment, toBytes32(z), toBytes32(fromBytes(y) ^ 1n), proof)).toBe(false);
  });

  it('makes 128 different cell proofs and a blob proof', async () => {
    const [proofs, blobProof] = await Promise.all([kzg.cellProofs(blob), kzg.blobProof(blob, await kzg.commit(blob))]);
    expect(new Set(proofs.map((proof) => Buffer.from(proof).toString('hex'))).size).toBe(128);
    expect([...proofs, blobProof].every((proof) => proof.length === 48)).toBe(true);
  });

  it('leaves the main thread free', async () => {
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await kzg.cellProofs(blob);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(3);
  });

  it('refuses a truncated blob, an element beyond the field, and bytes that are no point', async () => {
    const broken = Uint8Array.from(blob);
    broken.set(toBytes32(BLS_SCALAR_MODULUS), 64);
    for (const call of [kzg.commit, kzg.cellProofs]) {
      await expectCode('BLOB_INVALID', 'not 131071', () => call(blob.subarray(1)));
      await expectCode('BLOB_INVALID', 'refused', () => call(broken));
    }
    await expectCode('BLOB_INVALID', 'refused', () => kzg.prove(broken, toBytes32(z)));
    await expectCode('BLOB_INVALID', 'refused', () => kzg.prove(blob, toBytes32(BLS_SCALAR_MODULUS)));
    await expectCode('BLOB_INVALID', 'z has 32 bytes', () => kzg.prove(blob, new Uint8Array(31)));
    await expectCode('BLOB_INVALID', 'refused', () => kzg.blobProof(blob, new Uint8Array(48).fill(7)));
    await expectCode('BLOB_INVALID', 'a commitment has 48 bytes', () => kzg.blobProof(blob, new Uint8Array(47)));
    expect(blobToWords(new Uint8Array(BYTES_PER_BLOB)).every((word) => word === 0n)).toBe(true);
  });
});

describe('commitment', () => {
  it('comes back from its two words', () => {
    const commitment = Uint8Array.from({ length: 48 }, (_, i) => 255 - i);
    const { low, high } = splitCommitment(commitment);
    expect(joinCommitment(low, high)).toEqual(commitment);
    expect(joinCommitment(1n, 0n)).toEqual(Uint8Array.from([...new Array<number>(47).fill(0), 1]));
    expect(versionedHash(commitment)).toMatch(/^0x01[0-9a-f]{62}$/);
  });

  it('is refused with a wrong length or a half of more than 192 bits', async () => {
    await expectCode('BLOB_INVALID', '48 bytes', () => versionedHash(new Uint8Array(47)));
    await expectCode('BLOB_INVALID', '48 bytes', () => splitCommitment(new Uint8Array(49)));
    await expectCode('OUTPUT_INVALID', 'low half', () => joinCommitment(1n << 192n, 0n));
    await expectCode('OUTPUT_INVALID', 'high half', () => joinCommitment(0n, -1n));
  });
});

it('threads of KZG call only the functions of the library that block', () => {
  // The others end the process, now and then, once two of its threads have loaded the library: nothing to be waited for here.
  const worker = readFileSync(new URL('../../src/starknet/kzg/kzg-worker.ts', import.meta.url), 'utf8');
  expect(worker).toMatch(/context\.blobToKzgCommitment\(/);
  expect(worker).not.toMatch(/\basync(Blob|Compute|Verify|Recover)\w*\(/);
});
