import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concatHex, type Hex, slice } from 'viem';
import { type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { describeWithVectors } from '../vectors.ts';
import { calldata, deployScenario, type LocalChain, type LocalCore, localChain, type Update } from './local-core.ts';
import { loadScenario } from './scenario.ts';

/** The output with some words replaced. */
function words(output: readonly bigint[], changes: Readonly<Record<number, bigint>>): bigint[] {
  return output.map((word, index) => changes[index] ?? word);
}

/** The update with other words; a word is given as a function of the old one. */
function change(index: number, to: (word: bigint) => bigint): (update: Update) => Update {
  return (update) => ({ ...update, output: words(update.output, { [index]: to(update.output[index] ?? 0n) }) });
}

const next = (word: bigint): bigint => word + 1n;
const flipLastByte = (bytes: Hex): Hex => {
  const last = Number.parseInt(bytes.slice(-2), 16) ^ 1;
  return `${bytes.slice(0, -2)}${last.toString(16).padStart(2, '0')}` as Hex;
};

describeWithVectors('the core contract refuses a wrong update by name', () => {
  let anvil: Anvil;
  let local: LocalChain;
  beforeAll(async () => {
    anvil = await startAnvil();
    local = localChain(anvil);
  });
  afterAll(() => anvil?.stop());

  describe('with one blob (6806848)', () => {
    let core: LocalCore;
    let right: Update;
    let otherHash: Hex;
    beforeAll(async () => {
      const { init, first } = loadScenario('6806848');
      core = await deployScenario(local, init);
      right = first;
      otherHash = loadScenario('651056').first.versionedHashes[0] ?? '0x';
    });

    it('without a fact: NO_STATE_TRANSITION_PROOF', async () => {
      expect(await core.reasonOf(right)).toBe('NO_STATE_TRANSITION_PROOF');
    });

    it('accepts the unchanged one, also with a blob too many', async () => {
      await core.prove(right.output);
      expect(await core.reasonOf(right)).toBeUndefined();
      expect(await core.reasonOf({ ...right, versionedHashes: [...right.versionedHashes, otherHash] })).toBeUndefined();
    });

    const swap = (a: number, b: number) => (update: Update) => ({
      ...update,
      output: words(update.output, { [a]: update.output[b] ?? 0n, [b]: update.output[a] ?? 0n }),
    });
    const variants: readonly (readonly [string, string, (update: Update) => Update])[] = [
      ['another previous root', 'INVALID_PREVIOUS_ROOT', change(0, next)],
      ['another previous number', 'INVALID_PREV_BLOCK_NUMBER', change(2, next)],
      ['a number that does not grow', 'INVALID_NEW_BLOCK_NUMBER', change(3, () => 218378n)],
      ['another previous hash', 'INVALID_PREV_BLOCK_HASH', change(4, next)],
      ['another OS program', 'AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH', change(6, next)],
      ['another configuration', 'INVALID_CONFIG_HASH', change(7, next)],
      ['data not in blobs', 'UNEXPECTED_KZG_DA_FLAG', change(8, () => 0n)],
      ['a full output', 'FULL_OUTPUT_NOT_SUPPORTED', change(9, () => 1n)],
      ['another point z', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(10, next)],
      ['another commitment, low half', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(12, next)],
      ['another commitment, high half', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(13, next)],
      ['exchanged halves of the commitment', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', swap(12, 13)],
      ['another value y, low half', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(14, next)],
      ['another value y, high half', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(15, next)],
      [
        'a low half of the commitment beyond 192 bits',
        'INVALID_KZG_COMMITMENT',
        change(12, (word) => word + (1n << 192n)),
      ],
      [
        'a high half of the commitment beyond 192 bits',
        'INVALID_KZG_COMMITMENT',
        change(13, (word) => word + (1n << 192n)),
      ],
      ['a low half of y beyond 128 bits', 'INVALID_Y_VALUE', change(14, (word) => word + (1n << 128n))],
      ['a high half of y beyond 128 bits', 'INVALID_Y_VALUE', change(15, (word) => word + (1n << 128n))],
      ['more blobs than the segment has words', 'KZG_SEGMENT_TOO_SHORT', change(11, () => 3n)],
      ['a number of blobs that overflows', 'KZG_SEGMENT_TOO_SHORT', change(11, () => 1n << 254n)],
      [
        'another proof',
        'POINT_EVALUATION_PRECOMPILE_CALL_FAILED',
        (u) => ({ ...u, proofs: u.proofs.map(flipLastByte) }),
      ],
      ['no proof', 'INVALID_NUMBER_OF_KZG_PROOFS', (u) => ({ ...u, proofs: [] })],
      ['two proofs', 'INVALID_NUMBER_OF_KZG_PROOFS', (u) => ({ ...u, proofs: [...u.proofs, ...u.proofs] })],
      [
        'a proof of 47 bytes',
        'INVALID_KZG_PROOF_SIZE',
        (u) => ({ ...u, proofs: u.proofs.map((proof) => slice(proof, 0, 47)) }),
      ],
      [
        'a proof of 49 bytes',
        'INVALID_KZG_PROOF_SIZE',
        (u) => ({ ...u, proofs: u.proofs.map((proof) => concatHex([proof, '0x00'])) }),
      ],
      ['another blob', 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED', (u) => ({ ...u, versionedHashes: [otherHash] })],
      ['no blob', 'INVALID_BLOB_INDEX', (u) => ({ ...u, versionedHashes: [] })],
      ['an extra word', 'STARKNET_OUTPUT_TOO_LONG', (u) => ({ ...u, output: [...u.output, 0n] })],
      ['a header only', 'STARKNET_OUTPUT_TOO_SHORT', (u) => ({ ...u, output: u.output.slice(0, 10) })],
      ['no words', 'STARKNET_OUTPUT_TOO_SHORT', (u) => ({ ...u, output: [] })],
      ['one word after the header', 'KZG_SEGMENT_TOO_SHORT', (u) => ({ ...u, output: u.output.slice(0, 11) })],
      ['the last word missing', 'STARKNET_OUTPUT_TOO_SHORT', (u) => ({ ...u, output: u.output.slice(0, -1) })],
      ['a word that is no felt', 'PROGRAM_OUTPUT_VALUE_OUT_OF_RANGE', change(1, () => FELT_PRIME)],
    ];

    it.each(variants)('%s: %s', async (_name, reason, vary) => {
      const wrong = vary(right);
      // Proven, so that nothing but the fault can be the reason.
      await core.prove(wrong.output);
      expect(await core.reasonOf(wrong)).toBe(reason);
    });

    /** In the order in which the contract must look. */
    const ordered: readonly (readonly [string, (update: Update) => Update])[] = [
      ['INVALID_PREV_BLOCK_NUMBER', change(2, next)],
      ['UNEXPECTED_KZG_DA_FLAG', change(8, () => 0n)],
      ['INVALID_NUMBER_OF_KZG_PROOFS', (u) => ({ ...u, proofs: [...u.proofs, '0x'] })],
      ['INVALID_BLOB_INDEX', (u) => ({ ...u, versionedHashes: [] })],
      ['INVALID_KZG_COMMITMENT', change(12, (word) => word + (1n << 192n))],
      ['INVALID_Y_VALUE', change(14, (word) => word + (1n << 128n))],
      ['INVALID_KZG_PROOF_SIZE', (u) => ({ ...u, proofs: u.proofs.map((proof) => concatHex([proof, '0x00'])) })],
      ['POINT_EVALUATION_PRECOMPILE_CALL_FAILED', change(10, next)],
      ['PROGRAM_OUTPUT_VALUE_OUT_OF_RANGE', change(1, () => FELT_PRIME)],
      ['INVALID_CONFIG_HASH', change(7, next)],
      ['FULL_OUTPUT_NOT_SUPPORTED', change(9, () => 1n)],
      ['AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH', change(6, next)],
      ['NO_STATE_TRANSITION_PROOF', change(5, next)],
      ['INVALID_NEW_BLOCK_NUMBER', change(3, () => 218378n)],
      ['INVALID_PREV_BLOCK_HASH', change(4, next)],
      ['INVALID_PREVIOUS_ROOT', change(0, next)],
      // Words 16 and 19: size of the segment to L1, payload size of its message.
      ['INVALID_PAYLOAD_LENGTH', change(19, () => 1n << 30n)],
      ['STARKNET_OUTPUT_TOO_LONG', (u) => ({ ...u, output: [...u.output, 0n] })],
    ];

    it.each(
      ordered.slice(0, -1).map(([reason, fault], i) => {
        const [later, laterFault] = ordered[i + 1] ?? ['', fault];
        return { reason, fault, later, laterFault };
      }),
    )('$reason comes before $later', async ({ reason, fault, later, laterFault }) => {
      const wrong = laterFault(fault(right));
      if (![reason, later].includes('NO_STATE_TRANSITION_PROOF')) await core.prove(wrong.output);
      expect(await core.reasonOf(wrong)).toBe(reason);
    });

    it('an account that is no operator: ONLY_OPERATOR', async () => {
      await core.prove(right.output);
      expect(await core.reasonOf(right, local.stranger.account.address)).toBe('ONLY_OPERATOR');
    });

    it('an ordinary transaction: mined, reverted, nothing moved', async () => {
      await core.prove(right.output);
      const before = await core.state();
      const hash = await local.operator.sendTransaction({
        to: core.address,
        data: calldata(right),
        gas: 3_000_000n,
        chain: null,
      });
      expect((await local.chain.waitForTransactionReceipt({ hash })).status).toBe('reverted');
      expect(await core.state()).toEqual(before);
      expect(await core.reasonOf({ ...right, versionedHashes: [] })).toBe('INVALID_BLOB_INDEX');
    });
  });

  describe('with two blobs (8373665)', () => {
    const POINT_EVALUATION = 'POINT_EVALUATION_PRECOMPILE_CALL_FAILED';

    it('blobs or proofs in the wrong order', async () => {
      const { init, first } = loadScenario('8373665');
      const core = await deployScenario(local, init);
      await core.prove(first.output);
      expect(await core.reasonOf(first)).toBeUndefined();
      expect(await core.reasonOf({ ...first, proofs: [...first.proofs].reverse() })).toBe(POINT_EVALUATION);
      expect(await core.reasonOf({ ...first, versionedHashes: [...first.versionedHashes].reverse() })).toBe(
        POINT_EVALUATION,
      );
      expect(await core.reasonOf({ ...first, versionedHashes: first.versionedHashes.slice(0, 1) })).toBe(
        'INVALID_BLOB_INDEX',
      );

      const before = await core.state();
      const receipt = await core.settle(first, [...first.blobs].reverse());
      expect(receipt.status).toBe('reverted');
      expect(await core.state()).toEqual(before);
    });
  });
});
