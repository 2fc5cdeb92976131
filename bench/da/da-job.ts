import { encodeBlobs } from '../../src/jobs/data-submission/encode-blobs.ts';
import { buildSidecar, buildUpdateCall } from '../../src/settlement/ethereum/update-payload.ts';
import { BYTES_PER_BLOB } from '../../src/starknet/blob.ts';
import { readBlockFacts } from '../../src/starknet/block-facts.ts';
import type { Blocks } from '../../src/starknet/blocks.ts';
import type { DaComputer } from '../../src/starknet/da-computer.ts';
import { daSection } from '../../src/starknet/da-section.ts';
import { expectedOutput } from '../../src/starknet/expected-output.ts';
import type { Kzg } from '../../src/starknet/kzg.ts';
import { encodeOsOutput, parseOsOutput } from '../../src/starknet/os-output.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';

/** A block and the output of its run, before its data is submitted. */
export interface PreparedJob {
  readonly node: StarknetNode;
  readonly range: Blocks;
  readonly blobs: readonly Uint8Array[];
  readonly z: bigint;
  readonly programOutput: readonly bigint[];
}

const MAX_BLOBS = 6;

export interface DaParts {
  readonly kzg: Kzg;
  readonly computer: DaComputer;
}

/** Computed in place and by another instance of the KZG library, so that the parts which are measured know nothing of it. */
export async function prepareJob(
  node: StarknetNode,
  { range: { first } }: { readonly range: Blocks },
  commit: Kzg['commit'],
): Promise<PreparedJob> {
  const range = { first, last: first };
  const facts = await readBlockFacts(node, range);
  const section = await daSection(facts.words, { commit }, MAX_BLOBS);
  const messages = { toL1: [], toL2: [], assumed: false };
  const output = expectedOutput(facts, section, messages, { configHash: 1n, osProgramHash: 0n });
  return { node, range, blobs: section.blobs, z: section.z, programOutput: encodeOsOutput(output) };
}

/**
 * Data submission (words, hash, blobs, commitments, checks against the output) and then what the settlement sends (call with
 * proofs at z, sidecar with cell proofs), through the functions of the handler and of the settlement.
 */
export async function daJob({ node, range, programOutput }: PreparedJob, parts: DaParts): Promise<void> {
  const { kzg } = parts;
  const { content } = await encodeBlobs({ node, ...parts, maxBlobs: MAX_BLOBS }, range, parseOsOutput(programOutput));
  const blobs = Array.from({ length: content.length / BYTES_PER_BLOB }, (_, i) =>
    content.slice(i * BYTES_PER_BLOB, (i + 1) * BYTES_PER_BLOB),
  );
  const update = { key: 'bench', jobId: 'bench', firstBlock: range.first, lastBlock: range.last, programOutput, blobs };
  const { commitments } = await buildUpdateCall(kzg, update);
  await buildSidecar(kzg, 1, blobs, commitments);
}

/** What a SNOS run of the same block in the same process leaves behind: hash and commitments. */
export async function remember({ node, range }: PreparedJob, { kzg, computer }: DaParts): Promise<void> {
  const { words } = await readBlockFacts(node, range, { computer });
  await daSection(words, kzg, MAX_BLOBS, computer);
}
