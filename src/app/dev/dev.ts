import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock, systemEntropy } from '../../clock/system-clock.ts';
import { prepareDataDirectory } from '../../database/embedded/data-directory.ts';
import { DATABASE_FILE_NAME } from '../../database/embedded/embedded-database.ts';
import type { JobStore } from '../../database/job-store.ts';
import { serveChain } from '../../devnet/chain/serve-chain.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { type BlockRange, type Job, rangeOf } from '../../jobs/job.ts';
import { silentLog } from '../../telemetry/log.ts';
import { openEmbedded } from '../embedded-infrastructure.ts';
import type { ProgramIo } from '../program-io.ts';
import { closingCheck } from './closing-check.ts';
import type { DevOptions } from './dev-options.ts';
import { type RunningInstance, startInstances } from './instances.ts';
import { type LocalChain, openLocalChain } from './local-chain.ts';
import { type LocalEthereum, startLocalEthereum } from './local-ethereum.ts';
import { ProgressReader } from './progress.ts';
import { ProgressView } from './progress-view.ts';
import { type DevSummary, printSummary, summarize } from './summary.ts';
import { tryToWrite, writeSummary } from './summary-file.ts';

const LOOK_MS = 250;
const INTERRUPTED = 130;

/**
 * The `dev` command: a chain, a local Ethereum with contracts, and orchestrator processes, all started and ended here.
 * Resolves with the exit code: 0 when every block is settled and the contract agrees with the chain.
 */
export async function runDev(options: DevOptions, io: ProgramIo): Promise<number> {
  const started = systemClock.now();
  const local = await openLocalChain(options);
  const given = options.dataDir === undefined ? undefined : newDirectory(options.dataDir);
  if (options.summary !== undefined) await tryToWrite(options.summary);
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'orchestrator-dev-')));
  const cleanUp: (() => Promise<unknown>)[] = [];
  let code = 1;
  try {
    const server = await serveChain(local.chain);
    cleanUp.push(() => server.close());
    io.print(`Starknet chain (${local.kind}, blocks ${local.first}..${local.last}) at ${server.url}`);
    const ethereum = await startLocalEthereum(local, (line) => {
      if (!io.stop.aborted) io.print(line);
    });
    cleanUp.push(() => ethereum.anvil.stop());
    io.print(
      `Ethereum (Anvil) at ${ethereum.anvil.url}, core contract ${ethereum.core}, fact registry ${ethereum.registry}`,
    );
    const instances = await startInstances({
      count: options.instances,
      dataDir,
      nodeUrl: server.url,
      ethereum,
      last: local.last,
      ranges: options,
    });
    cleanUp.push(() => Promise.all(instances.map(({ process: running }) => running.stop())));
    io.print(`${options.instances} orchestrator process(es) on ${dataDir}`);
    const summary = await settle({ io, local, ethereum, instances, dataDir, nodeUrl: server.url, started });
    if (summary === undefined) return INTERRUPTED;
    printSummary(summary, io);
    code = summary.settled ? 0 : 1;
    if (options.summary !== undefined) await writeSummary(options.summary, summary);
    if (options.keep && code === 0) {
      io.print(`Still up: ${server.url} and ${ethereum.anvil.url}. Ctrl-C ends them.`);
      await untilStopped(io.stop);
    }
    return code;
  } catch (error) {
    // Ctrl-C can also reach a child that is just being started: what fails then was not meant to succeed any more.
    if (!io.stop.aborted) throw error;
    return INTERRUPTED;
  } finally {
    for (const end of cleanUp.reverse()) await end();
    if (options.dataDir === undefined && (code === 0 || io.stop.aborted))
      await rm(dataDir, { recursive: true, force: true });
  }
}

/**
 * A new Ethereum begins at the contract's start, under the same chain id and contract address as every other one: jobs of an
 * earlier one would look like those of a chain that was rolled back.
 */
function newDirectory(dataDir: string): string {
  const directory = resolve(dataDir);
  if (existsSync(join(directory, DATABASE_FILE_NAME))) {
    throw new OrchestratorError(
      'IDENTITY_MISMATCH',
      `${directory} belongs to an earlier start; dev makes a new chain each time`,
      {
        hint:
          'Give another directory, or leave --data-dir out. What is in this one: orchestrator status --data-dir ' +
          directory,
      },
    );
  }
  prepareDataDirectory(directory);
  return directory;
}

interface Settling {
  readonly io: ProgramIo;
  readonly local: LocalChain;
  readonly ethereum: LocalEthereum;
  readonly instances: readonly RunningInstance[];
  readonly dataDir: string;
  readonly nodeUrl: string;
  readonly started: number;
}

/** Undefined when it was stopped before all was settled. */
async function settle(parts: Settling): Promise<DevSummary | undefined> {
  const { io, local, ethereum, instances, dataDir, nodeUrl, started } = parts;
  const { first, last } = local;
  const total = last - first + 1;
  const infrastructure = await openEmbedded(dataDir, systemClock, systemEntropy, silentLog);
  try {
    const { store } = infrastructure;
    const reader = new ProgressReader(store, first, last);
    const view = new ProgressView(io, total, () => systemClock.now());
    for (;;) {
      if (io.stop.aborted) return undefined;
      // Asked before looking: what the last one did before it ended is then seen.
      const ended = await allEnded(instances);
      const progress = await reader.look();
      view.show(progress);
      if (progress.failed !== undefined) throw jobFailed(progress.failed, dataDir);
      if (progress.settled === total) break;
      if (ended) throw await nobodyLeft(instances);
      await systemClock.sleep(LOOK_MS, io.stop).catch(() => undefined);
    }
    await Promise.all(instances.map(({ process: running }) => running.exited));
    const ranges = await settledRanges(store, local);
    const checks = await closingCheck(local, ethereum, ranges);
    const seconds = (systemClock.now() - started) / 1000;
    return await summarize({ store, local, ranges, ethereum, nodeUrl, dataDir, checks, seconds });
  } finally {
    await infrastructure.close();
  }
}

/** The ranges that the orchestrator made of the blocks, in order. */
async function settledRanges(store: JobStore, { first, last }: LocalChain): Promise<BlockRange[]> {
  const ranges: BlockRange[] = [];
  for (let next = first; next <= last; ) {
    const job = await store.find('StateTransition', next);
    if (job === undefined) break;
    ranges.push(rangeOf(job));
    next = rangeOf(job).last + 1;
  }
  return ranges;
}

function jobFailed(job: Job, dataDir: string): OrchestratorError {
  const reason = job.metadata.common.failure_reason ?? 'no reason recorded';
  return new OrchestratorError(
    'PROCESS_FAILED',
    `${job.job_type} of block ${job.internal_id} is ${job.status}: ${reason}`,
    {
      hint: `The data is kept: orchestrator explain ${job.internal_id} --data-dir ${dataDir}`,
    },
  );
}

/** One instance may go; without any, nothing will ever be settled. */
async function allEnded(instances: readonly RunningInstance[]): Promise<boolean> {
  const running = Promise.resolve('running');
  const states = await Promise.all(instances.map(({ process: started }) => Promise.race([started.exited, running])));
  return states.every((state) => state !== 'running');
}

async function nobodyLeft(instances: readonly RunningInstance[]): Promise<OrchestratorError> {
  const [instance] = instances;
  const output = instance === undefined ? '' : await readFile(instance.logFile, 'utf8').catch(() => '');
  const tail = output.trimEnd().split('\n').slice(-5).join('\n');
  return new OrchestratorError(
    'PROCESS_FAILED',
    `every orchestrator process has ended before all blocks were settled:\n${tail}`,
  );
}

function untilStopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolved) => stop.addEventListener('abort', () => resolved(), { once: true }));
}
