import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { readPie } from '../../src/starknet/pie/read-pie.ts';
import { aggregatorProgramHash, programChain } from '../../src/starknet/program-hash/program-chain.ts';
import { programHash } from '../../src/starknet/program-hash/program-hash.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { describeWithVectors, readVectorJson } from '../vectors.ts';

const program = { main: 3, builtins: ['output', 'range_check'], data: [10n, 11n, 12n] };

/** Turns of the event loop until the promise is settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  let turns = 0;
  for (; !settled; turns++) await new Promise((resolve) => setImmediate(resolve));
  return turns;
}

describe('program hash', () => {
  it('is over length, version, main, builtins and data', () => {
    const [output, rangeCheck] = ['output', 'range_check'].map((name) =>
      BigInt(`0x${Buffer.from(name).toString('hex')}`),
    );
    expect(programChain(program)).toEqual([8n, 0n, 3n, 2n, output, rangeCheck, 10n, 11n, 12n]);
  });

  it('is computed while the main thread goes on, once for those who ask at the same time, and remembered', async () => {
    const data = Array.from({ length: 400 }, (_, i) => BigInt(i) ** 40n % FELT_PRIME);
    const first = programHash({ ...program, data });
    const second = programHash({ ...program, data: [...data] });
    expect(await turnsUntil(first)).toBeGreaterThan(50);
    expect(await turnsUntil(second)).toBeLessThan(5);
    expect(await turnsUntil(programHash({ ...program, data }))).toBeLessThan(5);
    expect(await second).toBe(await first);
    expect(await programHash({ ...program, data: data.with(7, 0n) })).not.toBe(await first);
  });

  it('is refused for a program that cannot be hashed, by name', async () => {
    for (const [text, wrong] of [
      ['no felt', { ...program, data: [FELT_PRIME] }],
      ['wrong main', { ...program, main: -1 }],
      ['no name', { ...program, builtins: ['a'.repeat(32)] }],
    ] as const) {
      const error = await expectCode('PIE_INVALID', text, () => programHash(wrong));
      expect(error.context.reason).toBe('ProgramHashCompute');
    }
  });
});

describeWithVectors('recorded program hashes', (dir) => {
  it('of every recorded PIE', async () => {
    const facts = readVectorJson('pie', 'facts.json') as { file: string; program_hash: string }[];
    expect(facts.length).toBeGreaterThan(0);
    for (const { file, program_hash } of facts) {
      const { program: own } = await readPie({ file: join(dir, file) });
      expect(await programHash(own)).toBe(BigInt(program_hash));
    }
  });

  it('of the aggregator, with prefix, in every release', () => {
    const releases = readVectorJson('cases', 'published_program_hashes.json') as {
      aggregator: string;
      aggregator_with_prefix: string;
    }[];
    expect(releases.length).toBeGreaterThan(0);
    for (const { aggregator, aggregator_with_prefix } of releases)
      expect(aggregatorProgramHash(BigInt(aggregator))).toBe(BigInt(aggregator_with_prefix));
  });

  it('StarkWare’s published one of 0.13.3 is that of a recorded PIE', async () => {
    const releases = readVectorJson('cases', 'published_program_hashes.json') as {
      starknet: string;
      aggregator: string;
    }[];
    const { program: own } = await readPie({ file: join(dir, 'pie', 'atlantic_query', 'pie.cairo0.zip') });
    const release = releases.find(({ starknet }) => starknet === '0.13.3');
    expect(await programHash(own)).toBe(BigInt(release?.aggregator ?? 0));
  });
});
