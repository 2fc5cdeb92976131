import { afterAll, describe, expect, it } from '@jest/globals';
import { WORDS_PER_BLOB, wordsToBlobs } from '../../src/starknet/blob.ts';
import { evaluateWords } from '../../src/starknet/challenge.ts';
import { WorkerDaComputer } from '../../src/starknet/compute/worker-da-computer.ts';
import { encodeStateDiff } from '../../src/starknet/encode-state-diff.ts';
import { FELT_PRIME, packWords } from '../../src/starknet/felt.ts';
import { inProcessDaComputer } from '../../src/starknet/in-process-da-computer.ts';
import { unpackWords } from '../../src/starknet/packed-words.ts';
import { poseidonHashMany } from '../../src/starknet/poseidon.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { expectCode } from '../starknet/expect-code.ts';

const words = Array.from({ length: WORDS_PER_BLOB + 100 }, (_, i) => (BigInt(i + 1) ** 30n * 7919n) % FELT_PRIME);
const packed = packWords(words);
const few = words.slice(0, 200);

const update: StateUpdate = {
  blockHash: 1n,
  oldRoot: 2n,
  newRoot: 3n,
  stateDiff: {
    storageDiffs: [{ address: 0x500n, entries: few.map((value, i) => ({ key: BigInt(i), value })) }],
    nonces: [{ address: 0x500n, nonce: 7n }],
    deployedContracts: [],
    replacedClasses: [],
    declaredClasses: [],
    migratedCompiledClasses: [],
    deprecatedDeclaredClasses: [],
  },
};

const computer = new WorkerDaComputer({ threads: 2 });
afterAll(() => computer.close());

describe('data availability in threads and in place', () => {
  it.each([
    { encoding: 'old', currentNonces: new Map<bigint, bigint>() },
    { encoding: 'new' },
    { encoding: 'stateless' },
    { encoding: 'stateful', aliasesBefore: new Map(aliases()) },
  ] as const)('encode $encoding as the synchronous function', async (inputs) => {
    const { words: expected } = encodeStateDiff(update, inputs);
    for (const each of [computer, inProcessDaComputer]) {
      const encoded = await each.encode(update, inputs);
      expect(encoded.encoding).toBe(inputs.encoding);
      expect(unpackWords(encoded.words)).toEqual(expected);
    }
  });

  it('make the same blobs, hash and values', async () => {
    const z = 0x1234567890n;
    for (const each of [computer, inProcessDaComputer]) {
      const blobs = await each.blobs(packed, 2);
      expect(blobs.map(hex)).toEqual(wordsToBlobs(words, 2).map(hex));
      expect(await each.evaluate(packed, z)).toEqual(evaluateWords(words, z));
      expect(await each.wordsHash(packWords(few))).toBe(poseidonHashMany(few));
    }
  });

  it('leave the words where they are', async () => {
    await computer.blobs(packed, 2);
    expect(unpackWords(packed)).toEqual(words);
  });

  it('refuse alike, by code, context and hint', async () => {
    for (const each of [computer, inProcessDaComputer]) {
      await expectCode('BLOB_LIMIT_EXCEEDED', '2 blobs, 1 more than the limit of 1 (100 words too many)', () =>
        each.blobs(packed, 1),
      );
      await expectCode('WORDS_INVALID', 'no words', () => each.blobs(new Uint8Array(0), 1));
      const error = await expectCode('ALIAS_MISSING', '0x500 has no alias', () =>
        each.encode(update, { encoding: 'stateful', aliasesBefore: new Map() }),
      );
      expect(error).toMatchObject({ retry: 'permanent', context: { name: '0x500' } });
      expect(error.hint).toContain('choose another encoding');
    }
  });
});

describe('threads', () => {
  it('answer many requests at a time, each its own', async () => {
    const parts = Array.from({ length: 24 }, (_, i) => few.slice(0, i + 1));
    const values = await Promise.all(parts.map((part) => computer.evaluate(packWords(part), 3n)));
    expect(values).toEqual(parts.map((part) => evaluateWords(part, 3n)));
  });

  it('share one computation of the same hash', async () => {
    const [first, second] = [computer.wordsHash(packed), computer.wordsHash(packed.slice())];
    expect(second).toBe(first);
    expect(await first).toBe(poseidonHashMany(words));
  });

  it('fail what is open when they are closed, and whatever comes after', async () => {
    const closing = new WorkerDaComputer({ threads: 1 });
    const open = [closing.wordsHash(packWords(words.slice(1))), closing.evaluate(packed, 5n)];
    const failures = open.map((each) => expectCode('PROCESS_FAILED', 'a thread of', () => each));
    await closing.close();
    for (const failure of failures) expect((await failure).retry).toBe('transient');
    await expectCode('PROCESS_FAILED', 'a thread of', () => closing.evaluate(packed, 5n));
  });
});

function aliases(): [bigint, bigint][] {
  return [0x500n, ...few.map((_, i) => BigInt(i))].map((name, i) => [name, 0x80n + BigInt(i)]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
