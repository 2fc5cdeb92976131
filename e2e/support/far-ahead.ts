import { readFileSync } from 'node:fs';
import type { JobStore } from '../../src/database/job-store.ts';
import { chainOf, serve } from './chain.ts';
import type { CoreOnAnvil, Ethereum } from './ethereum.ts';
import type { Program } from './program.ts';
import { runArguments } from './run-arguments.ts';
import type { Site } from './site.ts';

/** Blocks that the chain is ahead of the contract. */
export const AHEAD = 100_000;

export interface FarAhead {
  readonly run: Program;
  readonly core: CoreOnAnvil;
  readonly store: JobStore;
}

/** One look at an orchestrator that has far to go. */
export interface Sample {
  readonly settled: number;
  /** Blocks that are planned and not settled. */
  readonly inFlight: number;
  /** All jobs there are, finished ones included. */
  readonly jobs: number;
  /** Of the `run` process; NaN where the system does not tell. */
  readonly rssMiB: number;
}

/** Starts `run` on a chain that is {@link AHEAD} blocks ahead; messages are there for the first `blocks`. */
export async function startFarAhead(
  site: Site,
  ethereum: Ethereum,
  blocks: number,
  more: readonly string[] = [],
): Promise<FarAhead> {
  const chain = chainOf(5, AHEAD);
  const core = await ethereum.deploy(chain, -1, blocks - 1);
  const dataDir = site.path('data');
  const nodeUrl = await serve(site, chain);
  const run = site.start(...runArguments({ ethereum, core, nodeUrl, dataDir, more }));
  return { run, core, store: await site.store(dataDir) };
}

export async function sample({ run, store }: FarAhead): Promise<Sample> {
  // In this order a block that is settled meanwhile does not count.
  const planned = (await store.latest('SnosRun'))?.internal_id ?? -1;
  const settled = (await store.latest('StateTransition', 'Completed'))?.internal_id ?? -1;
  const counts = await store.counts();
  return {
    settled: settled + 1,
    inFlight: Math.max(0, planned - settled),
    jobs: counts.reduce((sum, { count }) => sum + count, 0),
    rssMiB: residentMiB(run.pid),
  };
}

function residentMiB(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kib) / 1024;
  } catch {
    return Number.NaN;
  }
}
