import { keccak_256 } from '@noble/hashes/sha3.js';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { FactReason } from './fact-error.ts';
import { fromBytes, packWords } from './felt.ts';

interface FactNode {
  readonly hash: bigint;
  /** Offset in the output after the last word under the node. */
  readonly end: number;
}

/**
 * Root of the tree of hashes over an output's pages (SHARP's generate_fact).
 *
 * `tree` is a flat list of pairs: push this many pages as leaves, then replace this many of the newest nodes by their
 * parent (0: none). `[1, 0]` is the tree of an output with one page.
 *
 * @param pageSizes words of each page; together the whole output
 * @throws OrchestratorError OUTPUT_INVALID for a tree that does not fit the pages or does not end in one root; `reason` in
 *   its context is the reference's name of the error
 */
export function factTreeRoot(output: readonly bigint[], pageSizes: readonly number[], tree: readonly number[]): bigint {
  if (tree.length === 0) throw invalid('TreeStructureEmpty', 'the tree has 0 numbers');
  if (tree.length % 2 !== 0)
    throw invalid('TreeStructureLenOdd', `the tree has ${tree.length} numbers, which are not pairs`);
  const nodes: FactNode[] = [];
  let page = 0;
  let offset = 0;
  for (let i = 0; i < tree.length; i += 2) {
    const pages = tree[i] ?? 0;
    const children = tree[i + 1] ?? 0;
    for (let n = 0; n < pages; n++) {
      const size = pageSizes[page++];
      if (size === undefined) throw outOfPages(pageSizes.length);
      if (!isPageSize(size, output.length) || offset + size > output.length)
        throw invalid('TreeStructureEndOffsetInvalid', `page ${page - 1} of ${size} words leaves the output`);
      nodes.push({ hash: keccak(packWords(output.slice(offset, offset + size))), end: offset + size });
      offset += size;
    }
    if (children > nodes.length)
      throw invalid(
        'TreeStructureNodesCountOutOfRange',
        `the tree joins ${children} nodes where there are ${nodes.length}`,
      );
    if (children > 0) nodes.push(parentOf(nodes.splice(nodes.length - children, children)));
  }
  const [root, ...others] = nodes;
  if (root === undefined || others.length > 0)
    throw invalid('TreeStructureRootInvalid', `the tree ends in ${nodes.length} nodes instead of one`);
  if (page !== pageSizes.length)
    throw invalid('TreeStructurePagesNotProcessed', `the tree takes ${page} of ${pageSizes.length} pages`);
  if (root.end !== output.length)
    throw invalid('TreeStructureRootOffsetInvalid', `the pages cover ${root.end} of ${output.length} words`);
  return root.hash;
}

function parentOf(children: readonly FactNode[]): FactNode {
  const payload = packWords(children.flatMap((child) => [child.hash, BigInt(child.end)]));
  // An inner node's hash is one more than the Keccak hash, so that it can never be taken for a page's.
  return { hash: BigInt.asUintN(256, keccak(payload) + 1n), end: children.at(-1)?.end ?? 0 };
}

function keccak(bytes: Uint8Array): bigint {
  return fromBytes(keccak_256(bytes));
}

/** Only an output without words has a page without words. */
function isPageSize(size: number, outputSize: number): boolean {
  return Number.isSafeInteger(size) && (size > 0 || (size === 0 && outputSize === 0));
}

function outOfPages(pages: number): OrchestratorError {
  return invalid('TreeStructurePagesCountOutOfRange', `the tree takes more than the ${pages} pages`);
}

function invalid(reason: FactReason, message: string): OrchestratorError {
  return new OrchestratorError('OUTPUT_INVALID', `the pages of the program output are inconsistent: ${message}`, {
    context: { reason },
  });
}
