import { createPublicClient, formatEther, type Hex, http } from 'viem';
import type { JobStore } from '../../database/job-store.ts';
import type { BlockRange, Job } from '../../jobs/job.ts';
import type { ProgramIo } from '../program-io.ts';
import type { Check } from './closing-check.ts';
import type { LocalChain } from './local-chain.ts';
import type { LocalEthereum } from './local-ethereum.ts';
import { rangeName, STAGE_NAMES, STAGES, type Stage } from './progress.ts';

/** One settled range, often a single block. */
export interface BlockSummary {
  /** First block. */
  readonly block: number;
  readonly lastBlock: number;
  readonly txHash: string;
  readonly ethereumBlock: number;
  readonly gasUsed: string;
  /** Wei, blob gas included. */
  readonly costWei: string;
  readonly blobs: number;
  /** Milliseconds from the creation of a stage's job to its completion. */
  readonly stageMs: Readonly<Record<Stage, number>>;
}

export interface DevSummary {
  readonly settled: boolean;
  readonly seconds: number;
  readonly chain: { readonly kind: string; readonly first: number; readonly last: number };
  readonly contract: string;
  readonly factRegistry: string;
  readonly ethereumRpcUrl: string;
  readonly starknetRpcUrl: string;
  readonly dataDir: string;
  readonly blocks: readonly BlockSummary[];
  /** Jobs that each instance completed. */
  readonly jobsByInstance: Readonly<Record<string, number>>;
  readonly checks: readonly Check[];
}

export interface SummaryParts {
  readonly store: JobStore;
  readonly local: LocalChain;
  readonly ranges: readonly BlockRange[];
  readonly ethereum: LocalEthereum;
  readonly nodeUrl: string;
  readonly dataDir: string;
  readonly checks: readonly Check[];
  readonly seconds: number;
}

export async function summarize(parts: SummaryParts): Promise<DevSummary> {
  const { store, local, ranges, ethereum, nodeUrl, dataDir, checks, seconds } = parts;
  const client = createPublicClient({ transport: http(ethereum.anvil.url, { timeout: 120_000 }) });
  const blocks: BlockSummary[] = [];
  const jobsByInstance: Record<string, number> = {};
  for (const range of ranges) {
    const found = await Promise.all(STAGES.map((stage) => store.find(stage, range.first)));
    const jobs = found.filter((job) => job !== undefined);
    for (const job of jobs) {
      const by = job.history.findLast(({ event }) => event === 'completed')?.by;
      if (by !== null && by !== undefined) jobsByInstance[by] = (jobsByInstance[by] ?? 0) + 1;
    }
    blocks.push(await describeRange(range, jobs));
  }
  return {
    settled: checks.every(({ passed }) => passed),
    seconds,
    chain: { kind: local.kind, first: local.first, last: local.last },
    contract: ethereum.core,
    factRegistry: ethereum.registry,
    ethereumRpcUrl: ethereum.anvil.url,
    starknetRpcUrl: nodeUrl,
    dataDir,
    blocks,
    jobsByInstance,
    checks,
  };

  async function describeRange(range: BlockRange, jobs: readonly Job[]): Promise<BlockSummary> {
    const update = jobs.find(({ job_type }) => job_type === 'StateTransition');
    const txHash = update?.metadata.specific.type === 'StateUpdate' ? (update.metadata.specific.tx_hash ?? '') : '';
    const receipt = await client.getTransactionReceipt({ hash: txHash as Hex });
    const blobCost = (receipt.blobGasUsed ?? 0n) * (receipt.blobGasPrice ?? 0n);
    const stageMs = Object.fromEntries(STAGES.map((stage) => [stage, stageTime(jobs, stage)])) as Record<Stage, number>;
    return {
      block: range.first,
      lastBlock: range.last,
      txHash,
      ethereumBlock: Number(receipt.blockNumber),
      gasUsed: String(receipt.gasUsed),
      costWei: String(receipt.gasUsed * receipt.effectiveGasPrice + blobCost),
      blobs: Number((receipt.blobGasUsed ?? 0n) / 131_072n),
      stageMs,
    };
  }
}

function stageTime(jobs: readonly Job[], stage: Stage): number {
  const job = jobs.find(({ job_type }) => job_type === stage);
  const done = job?.history.findLast(({ event }) => event === 'completed');
  return job === undefined || done === undefined ? Number.NaN : done.at - job.created_at;
}

export function printSummary(summary: DevSummary, io: ProgramIo): void {
  const { blocks, checks, chain } = summary;
  io.print('');
  io.print(
    `${'block'.padStart(16)}  ${'transaction'.padEnd(66)}  ${'gas'.padStart(8)}  blobs  ${STAGES.map((stage) => `${STAGE_NAMES[stage]} s`.padStart(13)).join('')}`,
  );
  for (const { block, lastBlock, txHash, gasUsed, blobs, stageMs } of blocks) {
    const times = STAGES.map((stage) => (stageMs[stage] / 1000).toFixed(2).padStart(13)).join('');
    const name = rangeName({ first: block, last: lastBlock }).padStart(16);
    io.print(`${name}  ${txHash}  ${gasUsed.padStart(8)}  ${String(blobs).padStart(5)}  ${times}`);
  }
  const gas = blocks.reduce((sum, { gasUsed }) => sum + BigInt(gasUsed), 0n);
  const cost = blocks.reduce((sum, { costWei }) => sum + BigInt(costWei), 0n);
  const blobs = blocks.reduce((sum, block) => sum + block.blobs, 0);
  io.print('');
  io.print(`core contract ${summary.contract}`);
  io.print(`${gas} gas, ${blobs} blobs, ${formatEther(cost)} ETH in ${blocks.length} transactions`);
  for (const [instance, jobs] of Object.entries(summary.jobsByInstance)) io.print(`${instance} completed ${jobs} jobs`);
  for (const { name, passed, expected, actual } of checks) {
    io.print(passed ? `✓ ${name}` : `✗ ${name}: the chain says ${expected}, the contract ${actual}`);
  }
  const count = chain.last - chain.first + 1;
  io.print(
    summary.settled
      ? `All ${count} blocks (${chain.first}..${chain.last}) are settled; ${summary.seconds.toFixed(1)} s.`
      : `The core contract differs from the chain: see the lines marked with a cross.`,
  );
}
