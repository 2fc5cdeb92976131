import { asAggregatorOutput } from '../aggregator-output.ts';
import { sharpFactOfPages } from '../fact.ts';
import { type OutputLayout, outputLayout, singlePage } from '../fact-pages.ts';
import { aggregatorProgramHash } from '../program-hash/program-chain.ts';
import { programHash } from '../program-hash/program-hash.ts';
import type { CairoPie } from './read-pie.ts';

/** The fact that a proof of a PIE registers, and what it is computed from. */
export interface PieFact {
  readonly programHash: bigint;
  readonly fact: `0x${string}`;
  /** The words that the fact is about: the output, for an aggregator the joined output alone. */
  readonly hashedOutput: readonly bigint[];
  readonly layout: OutputLayout;
  /** Of an aggregator: hash and fact under which SHARP registers it, and which the core contract asks for. */
  readonly prefixed?: { readonly programHash: bigint; readonly fact: `0x${string}` };
}

/**
 * Program hash and fact of a Cairo PIE. The hash is computed in a thread and remembered.
 *
 * @throws OrchestratorError PIE_INVALID or OUTPUT_INVALID with a `reason` in the context
 */
export async function pieFact(pie: CairoPie): Promise<PieFact> {
  const wholeLayout = outputLayout(pie.output.length, pie.pages, pie.topology);
  const aggregator = asAggregatorOutput(pie.output);
  const hashedOutput = aggregator?.result ?? pie.output;
  const layout = aggregator === undefined ? wholeLayout : singlePage(hashedOutput.length);
  const factOf = (hash: bigint) => sharpFactOfPages(hash, hashedOutput, layout.pageSizes, layout.tree);
  const hash = await programHash(pie.program);
  const plain = { programHash: hash, fact: factOf(hash), hashedOutput, layout };
  if (aggregator === undefined) return plain;
  const prefixedHash = aggregatorProgramHash(hash);
  return { ...plain, prefixed: { programHash: prefixedHash, fact: factOf(prefixedHash) } };
}
