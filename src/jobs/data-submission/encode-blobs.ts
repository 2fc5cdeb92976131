import { createHash } from 'node:crypto';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { blobsNeeded } from '../../starknet/blob.ts';
import { readBlockFacts } from '../../starknet/block-facts.ts';
import { blocksText } from '../../starknet/blocks.ts';
import { challengeOfHash } from '../../starknet/challenge.ts';
import { versionedHash } from '../../starknet/commitment.ts';
import type { DaComputer } from '../../starknet/da-computer.ts';
import type { DaEncoding } from '../../starknet/da-encoding.ts';
import { committedBlobs } from '../../starknet/da-section.ts';
import { feltToHex } from '../../starknet/felt.ts';
import { inProcessDaComputer } from '../../starknet/in-process-da-computer.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import type { OsOutput } from '../../starknet/os-output.ts';
import { type PackedWords, wordCount } from '../../starknet/packed-words.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import type { BlockRange } from '../job.ts';

export interface BlobEncoder {
  readonly node: StarknetNode;
  readonly kzg: Kzg;
  /** Blobs that one state update may carry. */
  readonly maxBlobs: number;
  /** Instead of what the blocks' Starknet version says. */
  readonly daEncoding?: DaEncoding | undefined;
  /** Default: computes in place. */
  readonly computer?: DaComputer | undefined;
}

export interface EncodedBlobs {
  /** All blobs in order, n x 131,072 bytes. */
  readonly content: Uint8Array;
  readonly sha256: string;
  /** `0x` + 96 hex digits each. */
  readonly commitments: readonly string[];
  /** `0x01` + 62 hex digits each (EIP-4844). */
  readonly versionedHashes: readonly string[];
}

/**
 * Encodes the state diff anew and makes sure that it is the one behind the output: first in integers (the challenge binds
 * every word, the evaluations every blob), then by the commitments of the blobs themselves. All three are computed beside
 * each other. Fails with OUTPUT_MISMATCH and the part that differs.
 */
export async function encodeBlobs(
  { node, kzg, maxBlobs, daEncoding, computer = inProcessDaComputer }: BlobEncoder,
  range: BlockRange,
  output: OsOutput,
): Promise<EncodedBlobs> {
  const { kzg: bound } = output;
  if (bound === undefined) throw mismatch(range, 'useKzgDa', 'the output says that its data does not travel in blobs');
  const { words } = await readBlockFacts(node, range, { daEncoding, computer });
  blobsNeeded(wordCount(words), maxBlobs);
  const [hash, evaluations, { blobs, commitments }] = await Promise.all([
    computer.wordsHash(words),
    computer.evaluate(words, bound.z),
    committedBlobs(words, kzg, maxBlobs, computer),
  ]);
  mustMatch(range, bound, { words, hash, evaluations, commitments });

  const content = concatenate(blobs);
  return {
    content,
    sha256: sha256Of(content),
    commitments: commitments.map(hex),
    versionedHashes: commitments.map(versionedHash),
  };
}

interface OwnValues {
  readonly words: PackedWords;
  readonly hash: bigint;
  /** At the output's z. */
  readonly evaluations: readonly bigint[];
  readonly commitments: readonly Uint8Array[];
}

function mustMatch(range: BlockRange, bound: NonNullable<OsOutput['kzg']>, own: OwnValues): void {
  const z = challengeOfHash(own.hash, bound.commitments, 'since-0.13.2');
  if (z !== bound.z) {
    throw mismatch(
      range,
      'z',
      `the ${wordCount(own.words)} words of the state diff lead to the challenge ${feltToHex(z)}, the output has ${feltToHex(bound.z)}`,
    );
  }
  const { length } = bound.evaluations;
  if (own.evaluations.length !== length)
    throw mismatch(
      range,
      'blobCount',
      `the state diff fills ${own.evaluations.length} blobs, the output has ${length}`,
    );
  own.evaluations.forEach((y, i) => {
    const claimed = bound.evaluations[i];
    if (y !== claimed)
      throw mismatch(range, 'evaluation', `blob ${i} of the state diff evaluates to ${y}, the output has ${claimed}`);
  });
  own.commitments.forEach((commitment, i) => {
    const claimed = bound.commitments[i];
    if (claimed === undefined || hex(commitment) !== hex(claimed)) {
      throw mismatch(
        range,
        'commitment',
        `blob ${i} has the commitment ${hex(commitment)}, the output has ${claimed ? hex(claimed) : 'none'}`,
      );
    }
  });
}

/** Lower case hex, 64 digits. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function mismatch(range: BlockRange, field: string, detail: string): OrchestratorError {
  return new OrchestratorError('OUTPUT_MISMATCH', `Blobs of ${blocksText(range)}, ${field}: ${detail}`, {
    context: { block: range.first, field },
    hint: 'The node now gives another state diff than when the OS was run, or its Starknet version encodes it differently.',
  });
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
