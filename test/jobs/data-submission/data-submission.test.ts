import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../src/jobs/job.ts';
import { metadataOf } from '../../../src/jobs/new-jobs.ts';
import { BYTES_PER_BLOB } from '../../../src/starknet/blob.ts';
import { readBlockFacts } from '../../../src/starknet/block-facts.ts';
import { challenge, evaluateWords } from '../../../src/starknet/challenge.ts';
import { sharpFact } from '../../../src/starknet/fact.ts';
import { encodeOsOutput, type OsOutput, parseOsOutput } from '../../../src/starknet/os-output.ts';
import { unpackWords } from '../../../src/starknet/packed-words.ts';
import { decodeProgramOutput, encodeProgramOutput } from '../../../src/starknet/program-output-file.ts';
import { failureOf } from '../fakes/errors.ts';
import { wideWrites } from '../fakes/fake-chain.ts';
import { PARAMETERS } from '../fakes/fake-settlement.ts';
import { afterProcess, withSpecific, work } from '../fakes/jobs.ts';
import type { MemoryObjects } from '../fakes/memory-objects.ts';
import { pipeline } from '../fakes/pipeline.ts';

describe('DataSubmission', () => {
  it('stores the blobs and records hash, commitments and versioned hashes', async () => {
    const { daDone, objects } = pipeline();
    const da = metadataOf(await daDone(1), 'Da');
    const info = await objects.head('1/blob_data.txt');
    expect(info).toMatchObject({ size: BYTES_PER_BLOB, sha256: da.blob_sha256 });
    expect(da.commitments).toEqual([expect.stringMatching(/^0x[0-9a-f]{96}$/)]);
    expect(da.versioned_hashes).toEqual([expect.stringMatching(/^0x01[0-9a-f]{62}$/)]);
  });

  it('verifies what it stored', async () => {
    const { handlers, daDone } = pipeline();
    expect(await handlers.da.verify(await daDone(1), work())).toEqual({ kind: 'verified' });
  });

  it('stores a diff of more than 4,096 words as several blobs in one object', async () => {
    const { chain, daDone, objects, handlers } = pipeline();
    chain.change(2, ({ update }) => ({
      update: { ...update, stateDiff: { ...update.stateDiff, nonces: [], storageDiffs: [wideWrites(4_100)] } },
    }));
    const job = await daDone(2);
    expect(metadataOf(job, 'Da').versioned_hashes).toHaveLength(2);
    expect(await objects.head('2/blob_data.txt')).toMatchObject({ size: 2 * BYTES_PER_BLOB });
    expect(await handlers.da.verify(job, work())).toEqual({ kind: 'verified' });
  });

  it.each<[string, (content: Uint8Array) => Uint8Array, string]>([
    ['truncated', (content) => content.subarray(0, 1_000), 'has 1000 bytes, not 131072'],
    ['altered', (content) => content.map((byte, i) => (i === 77 ? byte ^ 1 : byte)), 'SHA-256'],
    ['empty', () => new Uint8Array(0), 'has 0 bytes'],
  ])('rejects a blob object that was %s, and makes it again', async (_what, damage, message) => {
    const { handlers, objects, daJob, daDone } = pipeline();
    const job = await daDone(1);
    const before = await objects.get('1/blob_data.txt');
    objects.damage('1/blob_data.txt', damage);
    expect(await handlers.da.verify(job, work())).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining(message),
    });
    const again = await daJob(1);
    await handlers.da.process(again, work());
    expect(Buffer.from(before).equals(await objects.get('1/blob_data.txt'))).toBe(true);
  });

  it('rejects a blob object that is gone', async () => {
    const { handlers, objects, daDone } = pipeline();
    const job = await daDone(1);
    await objects.delete('1/blob_data.txt');
    expect(await handlers.da.verify(job, work())).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('OBJECT_NOT_FOUND'),
    });
  });

  it('writes once, however often it is repeated', async () => {
    const { handlers, objects, daJob } = pipeline();
    const job = await daJob(1);
    const first = await handlers.da.process(job, work());
    const { writes } = objects;
    expect(await handlers.da.process(job, work())).toEqual(first);
    expect(objects.writes).toBe(writes);
  });

  it('ends the same after a crash behind its write', async () => {
    const { handlers, objects, daJob } = pipeline();
    const job = await daJob(1);
    objects.crashAfterWrite = objects.writes + 1;
    await expect(handlers.da.process(job, work())).rejects.toThrow('the process died here');
    const done = afterProcess(job, await handlers.da.process(job, work()));
    expect(await handlers.da.verify(done, work())).toEqual({ kind: 'verified' });
  });
});

describe('DataSubmission, what does not fit together', () => {
  it('refuses a state diff that changed since the run, before any blob is stored', async () => {
    const { handlers, chain, objects, daJob } = pipeline();
    const job = await daJob(1);
    chain.change(1, ({ update }) => ({ update: { ...update, stateDiff: { ...update.stateDiff, nonces: [] } } }));
    const error = await failureOf(handlers.da.process(job, work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', retry: 'permanent', context: { field: 'z', block: 1 } });
    expect(error.message).toMatch(
      /\d+ words of the state diff lead to the challenge 0x[0-9a-f]+, the output has 0x[0-9a-f]+/,
    );
    expect(await objects.head('1/blob_data.txt')).toBeUndefined();
  });

  it.each<[string, string, (kzg: NonNullable<OsOutput['kzg']>) => NonNullable<OsOutput['kzg']>]>([
    ['z', 'z', (kzg) => ({ ...kzg, z: kzg.z + 1n })],
    ['y', 'evaluation', (kzg) => ({ ...kzg, evaluations: kzg.evaluations.map((y) => y + 1n) })],
    ['the commitment', 'z', (kzg) => ({ ...kzg, commitments: [new Uint8Array(48).fill(3)] })],
    [
      'the number of blobs',
      'z',
      (kzg) => ({
        ...kzg,
        commitments: [...kzg.commitments, new Uint8Array(48)],
        evaluations: [...kzg.evaluations, 1n],
      }),
    ],
  ])('refuses an output with another value for %s, though its fact is recorded', async (_what, field, change) => {
    const { handlers, objects, daJob } = pipeline();
    const job = await rewriteOutput(objects, await daJob(1), (output) => {
      if (output.kzg === undefined) throw new Error('no KZG section');
      return { ...output, kzg: change(output.kzg) };
    });
    const error = await failureOf(handlers.da.process(job, work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', context: { field } });
    expect(await objects.head('1/blob_data.txt')).toBeUndefined();
  });

  it.each([
    ['another blob', 'commitment', 1],
    ['a blob too many', 'blobCount', 2],
  ])('refuses commitments to %s, though challenge and evaluations go with them', async (_what, field, count) => {
    const { handlers, chain, objects, daJob } = pipeline();
    const facts = await readBlockFacts(chain, { first: 1, last: 1 });
    const words = unpackWords(facts.words);
    const commitments = Array.from({ length: count }, () => new Uint8Array(48).fill(3));
    const z = challenge(words, commitments, 'since-0.13.2');
    const evaluations = [...evaluateWords(words, z), 0n].slice(0, count);
    const job = await rewriteOutput(objects, await daJob(1), (output) => ({
      ...output,
      kzg: { z, commitments, evaluations },
    }));
    const error = await failureOf(handlers.da.process(job, work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', context: { field } });
    expect(await objects.head('1/blob_data.txt')).toBeUndefined();
  });

  it('refuses an output without blobs', async () => {
    const { handlers, objects, daJob } = pipeline();
    const job = await rewriteOutput(objects, await daJob(1), ({ kzg: _kzg, ...output }) => ({
      ...output,
      useKzgDa: false,
    }));
    expect(await failureOf(handlers.da.process(job, work()))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'useKzgDa' },
    });
  });

  it("refuses another block's output", async () => {
    const { handlers, objects, daJob } = pipeline();
    const job = await daJob(1);
    await daJob(2);
    await objects.put('1/program_output.txt', await objects.get('2/program_output.txt'));
    expect(await failureOf(handlers.da.process(job, work()))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'fact' },
    });
  });

  it('refuses an output once the contract settles with another program', async () => {
    const { handlers, settlement, daJob } = pipeline();
    const job = await daJob(1);
    settlement.parametersNow = { ...PARAMETERS, programHash: 1n };
    const error = await failureOf(handlers.da.process(job, work()));
    expect(error).toMatchObject({ code: 'OUTPUT_MISMATCH', context: { field: 'fact' } });
    expect(error.hint).toContain('program hash');
  });

  it.each<[string, (content: Uint8Array) => Uint8Array]>([
    ['cut within a word', (content) => content.subarray(0, content.length - 7)],
    ['cut behind a word', (content) => content.subarray(0, content.length - 32)],
    ['empty', () => new Uint8Array(0)],
    ['counting more words than it has', (content) => content.map((byte, i) => (i === 0 ? byte + 1 : byte))],
  ])('refuses a program output file that is %s', async (_what, damage) => {
    const { handlers, objects, daJob } = pipeline();
    const job = await daJob(1);
    objects.damage('1/program_output.txt', damage);
    const error = await failureOf(handlers.da.process(job, work()));
    expect(['OUTPUT_INVALID', 'WORDS_INVALID']).toContain(error.code);
    expect(error.retry).toBe('permanent');
  });

  it('says by how much a diff exceeds what a state update may carry', async () => {
    const { handlers, chain, snosJob } = pipeline();
    chain.change(2, ({ update }) => ({
      update: { ...update, stateDiff: { ...update.stateDiff, nonces: [], storageDiffs: [wideWrites(24_600)] } },
    }));
    const error = await failureOf(handlers.snos.process(snosJob(2), work()));
    expect(error).toMatchObject({
      code: 'BLOB_LIMIT_EXCEEDED',
      retry: 'permanent',
      context: { neededBlobs: 7, maxBlobs: 6 },
    });
    expect(error.message).toMatch(/7 blobs, 1 more than the limit of 6 \(\d+ words too many\)/);
  });
});

/** Replaces the stored output, and the fact that the job expects of it. */
async function rewriteOutput(objects: MemoryObjects, job: Job, change: (output: OsOutput) => OsOutput): Promise<Job> {
  const key = '1/program_output.txt';
  const words = encodeOsOutput(change(parseOsOutput(decodeProgramOutput(await objects.get(key)))));
  await objects.put(key, encodeProgramOutput(words));
  return withSpecific(job, { ...metadataOf(job, 'Da'), snos_fact: sharpFact(PARAMETERS.programHash, words) });
}
