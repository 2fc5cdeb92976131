import { expect, it } from '@jest/globals';
import { blobToWords, wordsToBlobs } from '../../src/starknet/blob.ts';
import { updateStateKzgDaCalldata } from '../../src/starknet/calldata.ts';
import { challenge, evaluateWords } from '../../src/starknet/challenge.ts';
import { decompressWords } from '../../src/starknet/compression/stateless-compression.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { toBytes32 } from '../../src/starknet/felt.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { encodeOsOutput, parseLegacyOsOutput, parseOsOutput } from '../../src/starknet/os-output.ts';
import { parseStateUpdate } from '../../src/starknet/state-update-json.ts';
import { describeWithVectors, readVector, readVectorBytes, readVectorJson } from '../vectors.ts';
import { hex, readDecimalWords, readDerived, readHexWords, unhex } from './recorded.ts';

describeWithVectors('recorded program outputs', () => {
  it('6806848: blob fits the output, the output round-trips, the call data is the recorded one', () => {
    const words = readDecimalWords('ethereum', '6806848', 'program_output.txt');
    const output = parseOsOutput(words);
    expect(encodeOsOutput(output)).toEqual(words);
    expect(output).toMatchObject({
      prevBlockNumber: 218378,
      newBlockNumber: 218402,
      useKzgDa: true,
      fullOutput: false,
      messagesToL2: [],
    });
    expect(output.messagesToL1.length).toBe(1);

    const derived = readDerived('ethereum', '6806848');
    const data = blobToWords(readVectorBytes('ethereum', '6806848', 'blob.txt')).slice(0, derived.n_words);
    expect(output.kzg?.commitments.map(hex)).toEqual([derived.commitment]);
    expect(output.kzg?.z).toBe(challenge(data, output.kzg?.commitments ?? [], 'since-0.13.2'));
    expect(output.kzg?.evaluations).toEqual(evaluateWords(data, output.kzg?.z ?? 0n));

    expect(updateStateKzgDaCalldata(words, [unhex(derived.proof_at_x_0)])).toBe(
      readVector('ethereum', '6806848', 'expected_calldata.txt'),
    );
  });

  it('20468828 and 671070: the layout before 0.13.2', () => {
    const deposit = parseLegacyOsOutput(readDecimalWords('ethereum', '20468828', 'program_output.txt'));
    expect(deposit.blockNumber).toBe(666040);
    expect(deposit.messagesToL1).toEqual([]);
    expect(deposit.messagesToL2.map((message) => message.nonce)).toEqual([1658854n]);
    expectSection(deposit.kzg, readDerived('ethereum', '20468828'));

    const block = parseLegacyOsOutput(readDecimalWords('da', '671070', 'program_output.txt'));
    const update = parseStateUpdate(readVectorJson('da', '671070', 'state_update.json'));
    expect(block).toMatchObject({
      blockNumber: 671070,
      initialRoot: update.oldRoot,
      finalRoot: update.newRoot,
      blockHash: update.blockHash,
      messagesToL2: [],
    });
    expectSection(block.kzg, readDerived('da', '671070'));
  });

  it('paradex/1: the output round-trips', () => {
    const words = (readVectorJson('paradex', '1', 'program_output.json') as string[]).map(BigInt);
    const output = parseOsOutput(words);
    expect(encodeOsOutput(output)).toEqual(words);
    expect(output).toMatchObject({ prevBlockNumber: 489999, newBlockNumber: 490001 });
    const data = (readVectorJson('paradex', '1', 'da_segment.json') as string[]).map(BigInt);
    expect(output.kzg?.z).toBe(challenge(data, output.kzg?.commitments ?? [], 'since-0.13.2'));
    expect(output.kzg?.evaluations).toEqual(evaluateWords(data, output.kzg?.z ?? 0n));
  });
});

function expectSection(
  kzg: ReturnType<typeof parseLegacyOsOutput>['kzg'],
  derived: ReturnType<typeof readDerived>,
): void {
  expect(kzg?.commitments.map(hex)).toEqual([derived.commitment]);
  expect(kzg?.z).toBe(BigInt(derived.x_0));
  expect(kzg?.evaluations).toEqual([BigInt(derived.y_0)]);
}

describeWithVectors('batch 8373665: 500 blocks in two blobs', () => {
  const recorded = () => ({
    words: (readVectorJson('batch', '8373665', 'compressed_words.json.gz') as string[]).map(BigInt),
    derived: readVectorJson('batch', '8373665', 'derived.json') as {
      commitments: string[];
      proofs_at_x_0: string[];
      plain_words: number;
      x_0: string;
      y: string[];
    },
    output: readHexWords('batch', '8373665', 'program_output.txt'),
  });

  it('words give the published blobs, and those the commitments, z and y of the output', async () => {
    const { words, derived, output } = recorded();
    const blobs = wordsToBlobs(words, 6);
    expect(blobs.map(hex)).toEqual([1, 2].map((k) => hex(readVectorBytes('batch', '8373665', `blob_${k}.txt`))));

    const kzg = nativeKzg();
    const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
    expect(commitments.map(hex)).toEqual(derived.commitments);
    const z = challenge(words, commitments, 'since-0.13.2');
    expect(z).toBe(BigInt(derived.x_0));
    const evaluations = evaluateWords(words, z);
    expect(evaluations).toEqual(derived.y.map(BigInt));

    const parsed = parseOsOutput(output);
    expect(parsed.kzg).toEqual({ z, commitments, evaluations });
    expect(parsed).toMatchObject({ prevBlockNumber: 789877, newBlockNumber: 790377, messagesToL2: [] });
    expect(parsed.messagesToL1.length).toBe(18);
    expect(output.length).toBe(112);
    expect(encodeOsOutput(parsed)).toEqual(output);

    const proofs = await Promise.all(blobs.map((blob) => kzg.prove(blob, toBytes32(z))));
    expect(proofs.map(({ proof }) => hex(proof))).toEqual(derived.proofs_at_x_0);
    expect(
      updateStateKzgDaCalldata(
        output,
        proofs.map(({ proof }) => proof),
      ),
    ).toBe(readVector('batch', '8373665', 'expected_calldata.txt'));
  });

  it('the squashed and aliased difference gives the words that the blobs hold compressed', () => {
    const { words, derived } = recorded();
    const plain = daWords(parseStateUpdate(readVectorJson('batch', '8373665', 'aliased.json.gz')), { layout: 'new' });
    expect(plain.length).toBe(derived.plain_words);
    expect(decompressWords(words)).toEqual(plain);
  });

  it('each of the 500 blocks is read and chains on the one before', () => {
    const updates = (readVectorJson('batch', '8373665', 'state_updates.json.gz') as unknown[]).map(parseStateUpdate);
    expect(updates.length).toBe(500);
    updates.slice(1).forEach((update, index) => {
      expect(update.oldRoot).toBe(updates[index]?.newRoot);
    });
    for (const update of updates) expect(daWords(update, { layout: 'new' }).length).toBeGreaterThanOrEqual(2);
  });
});
