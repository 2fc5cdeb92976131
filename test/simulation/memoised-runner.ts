import { createHash } from 'node:crypto';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { BlockRange } from '../../src/jobs/job.ts';
import type { PieReader } from '../../src/jobs/snos/run-artifacts.ts';
import { SimulatedSnosRunner } from '../../src/snos/simulated/simulated-snos-runner.ts';
import type { SnosResult } from '../../src/snos/snos-runner.ts';
import { readPieOutput, readPieSteps } from '../../src/starknet/pie/small-pie.ts';
import { CONFIG_HASH, PROGRAM_HASH } from './ethereum/core-contract-model.ts';
import { hashKzg } from './hash-kzg.ts';
import { BLOCKS, type StarknetBlock, starknetChain, VirtualStarknet } from './virtual-starknet.ts';

export const MAX_BLOBS = 6;

/** Longest range of blocks that is settled together in a run. */
export const LONGEST_RANGE = 3;

/** What the simulated runner answers, by range. */
export interface KnownRuns {
  of(range: BlockRange): SnosResult | undefined;
}

const runs = new Map<number, Promise<KnownRuns>>();
const pies = new Map<string, { readonly output: readonly bigint[]; readonly steps: number }>();

/**
 * What the simulated runner answers for each range of a chain that may be asked for. Computed before the run and once a process: zip archives
 * are made and read on other threads, whose pace must not decide anything in a run.
 */
export function runsOf(variant: number): Promise<KnownRuns> {
  let known = runs.get(variant);
  if (known === undefined) {
    known = computeRuns(variant);
    runs.set(variant, known);
  }
  return known;
}

/** Reads the archives of {@link runsOf}, without unzipping them again. */
export const memoisedPies: PieReader = {
  output: async (pie) => known(pie).output,
  steps: async (pie) => known(pie).steps,
};

async function computeRuns(variant: number): Promise<KnownRuns> {
  const parameters = { programHash: PROGRAM_HASH, aggregatorProgramHash: 0n, configHash: CONFIG_HASH };
  const runner = new SimulatedSnosRunner({
    node: new VirtualStarknet(starknetChain(variant), () => BLOCKS),
    kzg: hashKzg,
    settlement: { parameters: async () => parameters },
    maxBlobs: MAX_BLOBS,
  });
  const results = new Map<string, SnosResult>();
  for (const range of rangesOf(starknetChain(variant))) {
    const result = await runner.run({ range, fullOutput: false, signal: new AbortController().signal });
    pies.set(sha256(result.pie), { output: await readPieOutput(result.pie), steps: await readPieSteps(result.pie) });
    results.set(nameOf(range), result);
  }
  return { of: (range) => results.get(nameOf(range)) };
}

/** A range never crosses a change of the Starknet version. */
function rangesOf(chain: readonly StarknetBlock[]): BlockRange[] {
  const ranges: BlockRange[] = [];
  const versionOf = (block: number) => chain[block]?.header.starknetVersion;
  for (let first = 0; first < BLOCKS; first++) {
    for (let last = first; last < Math.min(BLOCKS, first + LONGEST_RANGE); last++) {
      if (versionOf(last) !== versionOf(first)) break;
      ranges.push({ first, last });
    }
  }
  return ranges;
}

const nameOf = ({ first, last }: BlockRange): string => `${first}-${last}`;

function known(pie: Uint8Array) {
  const read = pies.get(sha256(pie));
  if (read === undefined) throw new OrchestratorError('PIE_INVALID', 'this is no archive of this simulation');
  return read;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
