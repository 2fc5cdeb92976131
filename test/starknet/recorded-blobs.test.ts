import { expect, it } from '@jest/globals';
import { blobToWords, WORDS_PER_BLOB, wordsToBlob } from '../../src/starknet/blob.ts';
import { challenge, evaluateWords } from '../../src/starknet/challenge.ts';
import { splitCommitment, versionedHash } from '../../src/starknet/commitment.ts';
import { contractsNeedingNonce, daWords } from '../../src/starknet/da-words.ts';
import { feltToHex, toBytes32, toHex32 } from '../../src/starknet/felt.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { parseStateUpdate } from '../../src/starknet/state-update-json.ts';
import { describeWithVectors, readVector, readVectorBytes, readVectorJson } from '../vectors.ts';
import { hex, readDerived } from './recorded.ts';

const BLOCKS_WITH_UPDATE = ['631861', '638353', '671070'];
const BLOBS = [
  ...[...BLOCKS_WITH_UPDATE, '639404', '640644'].map((block) => `da/${block}`),
  ...['630872', '651053', '651054', '651056'].map((block) => `settled/${block}`),
  ...['20462818', '20468828', '6806848'].map((block) => `ethereum/${block}`),
  'batch/6815891',
];

describeWithVectors('recorded state updates', () => {
  it.each(BLOCKS_WITH_UPDATE)('%s gives the published blob, and asks for exactly the recorded nonces', (block) => {
    const update = parseStateUpdate(readVectorJson('da', block, 'state_update.json'));
    const nonces = (readVectorJson('da', block, 'nonces.json') as { nonce: string; address: string }[]).map(
      ({ address, nonce }) => [BigInt(address), BigInt(`0x${nonce}`)] as const,
    );
    const addresses = nonces.map(([address]) => address).sort((a, b) => (a < b ? -1 : 1));
    expect(contractsNeedingNonce(update)).toEqual(addresses);
    const words = daWords(update, { layout: 'old', currentNonces: new Map(nonces) });
    expect(words.length).toBe(readDerived('da', block).n_words);
    expect(hex(wordsToBlob(words))).toBe(hex(readVectorBytes('da', block, 'blob.txt')));
  });
});

describeWithVectors('recorded blobs', () => {
  const kzg = nativeKzg();

  it.each(BLOBS)('%s: round trip, commitment, challenge, evaluation and proofs', async (folder) => {
    const blob = readVectorBytes(folder, 'blob.txt');
    const derived = readDerived(folder);
    const padded = blobToWords(blob);
    expect(hex(wordsToBlob(padded))).toBe(hex(blob));
    const words = padded.slice(0, derived.n_words);
    expect(padded.slice(derived.n_words)).toEqual(new Array<bigint>(WORDS_PER_BLOB - derived.n_words).fill(0n));

    const commitment = await kzg.commit(blob);
    expect(hex(commitment)).toBe(derived.commitment);
    expect(versionedHash(commitment)).toBe(derived.versioned_hash);
    const { low, high } = splitCommitment(commitment);
    expect([low, high]).toEqual(derived.commitment_low_high.map(BigInt));

    expect(derived.note).toMatch(/pre-0\.13\.2|0\.13\.2\+/);
    const z = challenge(words, [commitment], derived.note.includes('pre-0.13.2') ? 'before-0.13.2' : 'since-0.13.2');
    expect(toHex32(z)).toBe(derived.x_0);
    expect(evaluateWords(words, z).map(toHex32)).toEqual([derived.y_0]);

    const [atZ, blobProof] = await Promise.all([kzg.prove(blob, toBytes32(z)), kzg.blobProof(blob, commitment)]);
    expect(hex(atZ.y)).toBe(derived.y_0);
    expect(hex(atZ.proof)).toBe(derived.proof_at_x_0);
    expect(hex(blobProof)).toBe(derived.blob_proof);
  });

  it.each(['651053', '651054', '651056'])('settled/%s: challenge and proof are those that were settled', (block) => {
    const derived = readDerived('settled', block);
    expect(BigInt(readVector('settled', block, 'x_0.txt'))).toBe(BigInt(derived.x_0));
    expect(readVector('settled', block, 'kzg_proof.txt')).toBe(derived.proof_at_x_0);
  });

  it('settled/630872: challenge is the one that was settled', () => {
    expect(BigInt(readVector('settled', '630872', 'x_0.txt'))).toBe(BigInt(readDerived('settled', '630872').x_0));
  });

  it('settled/: headers of consecutive blocks chain', () => {
    const header = (block: string) => readVectorJson('settled', block, 'snos_output.json') as Record<string, string>;
    const [first, second] = [header('651053'), header('651054')];
    for (const [before, after] of [
      ['final_root', 'initial_root'],
      ['new_block_hash', 'prev_block_hash'],
      ['new_block_number', 'prev_block_number'],
    ] as const) {
      expect(BigInt(second[after] ?? '')).toBe(BigInt(first[before] ?? ''));
    }
    expect(feltToHex(BigInt(second.new_block_number ?? ''))).toBe(feltToHex(651054n));
  });

  it('ethereum/20462818: commitment and blob proof are those of the transaction', () => {
    const derived = readDerived('ethereum', '20462818');
    expect(hex(readVectorBytes('ethereum', '20462818', 'commitment.txt'))).toBe(derived.commitment);
    expect(hex(readVectorBytes('ethereum', '20462818', 'blob_proof.txt'))).toBe(derived.blob_proof);
  });
});
