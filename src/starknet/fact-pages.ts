import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { FactReason } from './fact-error.ts';

/** How a program output is hashed into a fact. */
export interface OutputLayout {
  /** Words of each page; together the whole output. */
  readonly pageSizes: readonly number[];
  /** Flat pairs (pages to push, nodes to join), as {@link factTreeRoot} reads them. */
  readonly tree: readonly number[];
}

interface Page {
  readonly id: number;
  readonly start: number;
  readonly size: number;
}

/** The tree of an output with one page. */
const SINGLE_PAGE = [1, 0] as const;
const MAX_TREE_LENGTH = 10;
const MAX_TREE_ENTRY = 2 ** 31;

/** The layout of an output in one page. */
export function singlePage(outputSize: number): OutputLayout {
  return { pageSizes: [outputSize], tree: SINGLE_PAGE };
}

/**
 * Checks what a Cairo PIE says of its output's pages. Page 0 is what is left before page 1; the others follow each other
 * without gaps up to the end.
 *
 * @param pages by ascending id, without page 0
 * @param topology the PIE's `gps_fact_topology`; without it there may be no pages
 * @throws OrchestratorError PIE_INVALID with the reference's name of the error as `reason` in its context
 */
export function outputLayout(
  outputSize: number,
  pages: readonly Page[],
  topology: readonly number[] | undefined,
): OutputLayout {
  if (topology === undefined) {
    if (pages.length > 0)
      throw invalid('OutputPagesLenUnexpected', `there are ${pages.length} pages but no gps_fact_topology`);
    return singlePage(outputSize);
  }
  checkTopology(topology);
  return { pageSizes: pageSizes(outputSize, pages), tree: topology };
}

function checkTopology(topology: readonly number[]): void {
  if (topology.length === 0) throw invalid('TreeStructureEmpty', 'gps_fact_topology is empty');
  if (topology.length % 2 !== 0)
    throw invalid('TreeStructureLenOdd', `gps_fact_topology has ${topology.length} numbers, which are not pairs`);
  if (topology.length > MAX_TREE_LENGTH)
    throw invalid('TreeStructureTooLarge', `gps_fact_topology has more than ${MAX_TREE_LENGTH} numbers`);
  if (topology.some((entry) => !Number.isSafeInteger(entry) || entry < 0 || entry >= MAX_TREE_ENTRY))
    throw invalid('TreeStructureInvalid', 'gps_fact_topology has a number that is not below 2^31');
}

function pageSizes(outputSize: number, pages: readonly Page[]): number[] {
  const sizes = [outputSize];
  let expectedStart: number | undefined;
  for (const [position, { id, start, size }] of pages.entries()) {
    if (id !== position + 1)
      throw invalid('OutputPagesUnexpectedId', `page ${id} follows where page ${position + 1} is expected`);
    if (expectedStart === undefined) {
      if (start <= 0 || start >= outputSize)
        throw invalid('OutputPagesInvalidStart', `page 1 starts at ${start}, outside the ${outputSize} words`);
      sizes[0] = start;
    } else if (start !== expectedStart)
      throw invalid('OutputPagesUnexpectedStart', `page ${id} starts at ${start} instead of ${expectedStart}`);
    if (size <= 0 || size >= outputSize) throw invalid('OutputPagesInvalidSize', `page ${id} has ${size} words`);
    expectedStart = start + size;
    sizes.push(size);
  }
  if (expectedStart !== undefined && expectedStart !== outputSize)
    throw invalid('OutputPagesUncoveredOutput', `the pages end at ${expectedStart} of ${outputSize} words`);
  return sizes;
}

function invalid(reason: FactReason, message: string): OrchestratorError {
  return new OrchestratorError('PIE_INVALID', `the pages of the Cairo PIE's output are inconsistent: ${message}`, {
    context: { reason },
  });
}
