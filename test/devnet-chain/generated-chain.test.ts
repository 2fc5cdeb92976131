import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANVIL_ACCOUNT_2, GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { growingHead } from '../../src/devnet/chain/generated/growing-head.ts';
import { Identifiers } from '../../src/devnet/chain/generated/identifiers.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { parseStateUpdate, stateUpdateToJson } from '../../src/starknet/state-update-json.ts';
import { Replay } from './replay.ts';

const VERSIONS = ['0.13.1', '0.13.5'];
const FAR = 1_000_000;
const chainOf = (seed: string | number, starknetVersion = '0.13.5') =>
  new GeneratedChain({ seed, starknetVersion, head: () => FAR });
const seedAndVersion = [fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(...VERSIONS)] as const;

function writesOf(chain: GeneratedChain, block: number): number {
  return chain.stateUpdate(block).stateDiff.storageDiffs.reduce((sum, { entries }) => sum + entries.length, 0);
}

describe('state', () => {
  it('look-ups at any block agree with a replay of the updates, and no write is without effect', () => {
    fc.assert(
      fc.property(...seedAndVersion, fc.integer({ min: 0, max: 71 }), (seed, version, probe) => {
        const chain = chainOf(seed, version);
        const replay = new Replay(chain);
        for (let block = 0; block < 72; block++) {
          replay.apply(block);
          if (block === probe || block === 71) replay.compare(block);
        }
        expect(replay.problems).toEqual([]);
        expect(replay.compared).toBeGreaterThan(1_000);
      }),
      { numRuns: 4 },
    );
  });

  it('is consistent around any far block', () => {
    fc.assert(
      fc.property(...seedAndVersion, fc.integer({ min: 1, max: FAR }), (seed, version, block) => {
        const chain = chainOf(seed, version);
        const { stateDiff } = chain.stateUpdate(block);
        const slots = stateDiff.storageDiffs.flatMap(({ address, entries }) =>
          entries.map((entry) => ({ address, ...entry })),
        );
        expect(slots.filter(({ address, key, value }) => chain.storage(block, address, key) !== value)).toEqual([]);
        expect(slots.filter(({ address, key, value }) => chain.storage(block - 1, address, key) === value)).toEqual([]);
        expect(stateDiff.nonces.filter(({ address, nonce }) => chain.nonce(block, address) !== nonce)).toEqual([]);
        for (const { address, classHash } of [...stateDiff.deployedContracts, ...stateDiff.replacedClasses]) {
          expect(chain.classHash(block, address)).toBe(classHash);
          expect(chain.classHash(block - 1, address)).not.toBe(classHash);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('numbers every address and key that appears, without gaps, from 0.13.4 on', () => {
    const chain = chainOf(11);
    const assigned = new Map<bigint, bigint>();
    for (let block = 0; block < 70; block++) {
      const diffs = chain.stateUpdate(block).stateDiff.storageDiffs;
      for (const { key, value } of diffs.find(({ address }) => address === 2n)?.entries ?? [])
        if (key !== 0n) assigned.set(key, value);
      const used = diffs
        .filter(({ address }) => address > 2n)
        .flatMap(({ address, entries }) => [address, ...entries.map(({ key }) => key)]);
      expect(used.filter((value) => chain.storage(block, 2n, value) !== assigned.get(value))).toEqual([]);
      expect(chain.storage(block, 2n, 0n)).toBe(BigInt(0x80 + assigned.size));
    }
    expect([...assigned.values()]).toEqual(Array.from({ length: assigned.size }, (_, index) => BigInt(0x80 + index)));
    const before = chainOf(11, '0.13.3');
    expect(before.stateUpdate(0).stateDiff.storageDiffs.some(({ address }) => address === 2n)).toBe(false);
    expect(before.storage(70, 2n, 0n)).toBe(0n);
  });

  it('knows nothing of what it did not make', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 3n, max: FELT_PRIME - 1n }),
        fc.bigInt({ min: 1n, max: FELT_PRIME - 1n }),
        (address, key) => {
          const chain = chainOf(5);
          expect([
            chain.nonce(50, address),
            chain.classHash(50, address),
            chain.storage(50, address, key),
            chain.storage(50, 2n, key),
          ]).toEqual([undefined, undefined, 0n, 0n]);
          expect(chain.blockByHash(address)).toBeUndefined();
        },
      ),
    );
  });
});

describe('chaining', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => seed))(
    'parents, roots and hashes fit together, near and far, with seed %i',
    (seed) => {
      const chain = chainOf(seed);
      expect(chain.header(0).parentHash).toBe(0n);
      expect(chain.stateUpdate(0).oldRoot).toBe(0n);
      for (const start of [1, 99_900]) {
        for (let block = start; block < start + 34; block++) {
          const update = chain.stateUpdate(block);
          expect(chain.header(block).parentHash).toBe(chain.header(block - 1).hash);
          expect(update.oldRoot).toBe(chain.header(block - 1).newRoot);
          expect(update.newRoot).toBe(chain.header(block).newRoot);
          expect(update.blockHash).toBe(chain.header(block).hash);
          expect(update.newRoot === update.oldRoot).toBe(writesOf(chain, block) === 0);
          expect(chain.blockByHash(update.blockHash)).toBe(block);
        }
      }
    },
  );

  it('follows from the seed alone, in any order of questions', () => {
    fc.assert(
      fc.property(
        ...seedAndVersion,
        fc.array(fc.integer({ min: 0, max: FAR }), { minLength: 1, maxLength: 4 }),
        (seed, version, blocks) => {
          const [once, again, other] = [
            chainOf(seed, version),
            chainOf(String(seed), version),
            chainOf(seed + 1, version),
          ];
          const forth = blocks.map((block) => [once.header(block), once.stateUpdate(block), once.messages(block)]);
          const back = [...blocks]
            .reverse()
            .map((block) => [again.header(block), again.stateUpdate(block), again.messages(block)]);
          expect(back.reverse()).toEqual(forth);
          for (const block of blocks) expect(other.header(block).hash).not.toBe(once.header(block).hash);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('grows with time up to its limit', () => {
    let now = 5_000;
    const head = growingHead({ available: 2, everyMs: 100, limit: 5, now: () => now });
    const seen = [0, 99, 100, 250, 10_000].map((passed) => {
      now = 5_000 + passed;
      return head();
    });
    expect(seen).toEqual([1, 1, 2, 3, 4]);
    expect(growingHead({ available: 0, now: () => 0 })()).toBeUndefined();
    expect(growingHead({ available: 100_000, now: () => 0 })()).toBe(99_999);
  });
});

describe('contents', () => {
  it.each(VERSIONS)('have the promised mixture in %s', (version) => {
    for (const seed of ['a', 'b']) {
      const chain = chainOf(seed, version);
      const blocks = Array.from({ length: 96 }, (_, index) => index + 1);
      const updates = blocks.map((block) => chain.stateUpdate(block));
      const words = updates.map((update) => daWords(update, { layout: 'new' }));
      const writes = blocks.map((block) => writesOf(chain, block)).sort((x, y) => x - y);
      const median = writes[48] ?? 0;
      const largest = Math.max(...words.map((list) => list.length));
      process.stdout.write(
        `generated chain ${seed} ${version}: median ${median} writes a block, largest block ${largest} words\n`,
      );
      expect(median).toBeGreaterThan(110);
      expect(median).toBeLessThan(200);
      expect(words.filter(({ length }) => length > 3_600 && length <= 4_300).length).toBeGreaterThanOrEqual(6);
      expect(
        updates.filter(({ stateDiff }) => Object.values(stateDiff).every(({ length }) => length === 0)),
      ).toHaveLength(9);
      expect(
        updates.some(({ stateDiff }) =>
          stateDiff.storageDiffs.some(({ address, entries }) => address > 2n && entries.length >= 256),
        ),
      ).toBe(true);
      // The last word is the number of classes; before it stands the last value of the last contract.
      expect(
        words.filter((list) => list.length > 2 && list.at(-1) === 0n && list.at(-2) === 0n).length,
      ).toBeGreaterThanOrEqual(3);
      for (const part of ['deployedContracts', 'declaredClasses', 'replacedClasses', 'nonces'] as const) {
        expect(updates.some(({ stateDiff }) => stateDiff[part].length > 0)).toBe(true);
      }
      expect(blocks.some((block) => chain.messages(block).toL1.length > 1)).toBe(true);
    }
  });

  it('are valid answers of a node', () => {
    const chain = chainOf(3);
    for (let block = 0; block < 40; block++)
      expect(parseStateUpdate(stateUpdateToJson(chain.stateUpdate(block)))).toEqual(chain.stateUpdate(block));
  });

  it('consume messages with the nonces that a fresh core contract gives', () => {
    const chain = new GeneratedChain({ seed: 8, head: () => FAR, messagesToL2Every: 3 });
    const consumed = Array.from({ length: 60 }, (_, block) => chain.messagesToL2(block)).flat();
    expect(consumed.map(({ nonce }) => nonce)).toEqual(Array.from({ length: 20 }, (_, index) => BigInt(index)));
    for (const message of consumed) {
      expect(message.from).toBe(ANVIL_ACCOUNT_2);
      expect(chain.classHash(60, message.to)).toBeDefined();
      expect(message.payload.length).toBeGreaterThan(0);
    }
    expect(chain.messagesToL2(2)).toHaveLength(1);
    const silent = new GeneratedChain({ seed: 8, head: () => FAR, messagesToL2Every: 0, l1Sender: 1n });
    expect(Array.from({ length: 60 }, (_, block) => silent.messagesToL2(block)).flat()).toEqual([]);
  });
});

describe('identifiers', () => {
  it('say what they stand for, to their own seed only', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'block' as const,
          'root' as const,
          'contract' as const,
          'class' as const,
          'slot' as const,
          'balance' as const,
        ),
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (kind, block, index) => {
          const identifier = new Identifiers('x').encode(kind, block, index);
          expect(identifier < 1n << 248n).toBe(true);
          expect(new Identifiers('x').decode(identifier)).toEqual({ kind, block, index });
          expect(new Identifiers('y').decode(identifier)).toBeUndefined();
          expect(new Identifiers('x').decode(identifier + 1n)).toBeUndefined();
        },
      ),
    );
  });
});
