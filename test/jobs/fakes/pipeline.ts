import type { Alert } from '../../../src/alerts/alert-sink.ts';
import { DataSubmissionHandler } from '../../../src/jobs/data-submission/data-submission-handler.ts';
import type { BlockRange, Job } from '../../../src/jobs/job.ts';
import { dataSubmissionJobFor, newSnosJob, provingJobFor, stateTransitionJobFor } from '../../../src/jobs/new-jobs.ts';
import type { KnownHashOf } from '../../../src/jobs/snos/check-parent.ts';
import { SnosRunHandler } from '../../../src/jobs/snos/snos-run-handler.ts';
import { StateTransitionHandler } from '../../../src/jobs/state-transition/state-transition-handler.ts';
import { SimulatedSnosRunner } from '../../../src/snos/simulated/simulated-snos-runner.ts';
import type { SnosRunner } from '../../../src/snos/snos-runner.ts';
import type { DaComputer } from '../../../src/starknet/da-computer.ts';
import type { DaEncoding } from '../../../src/starknet/da-encoding.ts';
import type { Kzg } from '../../../src/starknet/kzg.ts';
import type { StarknetNode } from '../../../src/starknet/starknet-node.ts';
import { type FakeChain, smallChain } from './fake-chain.ts';
import { FakeSettlement } from './fake-settlement.ts';
import { hashKzg } from './hash-kzg.ts';
import { afterProcess, jobFrom, work } from './jobs.ts';
import { MemoryObjects } from './memory-objects.ts';

export interface PipelineOptions<Chain extends StarknetNode> {
  readonly chain?: Chain;
  readonly kzg?: Kzg;
  /** Wraps the simulated runner, for example with one that lies. */
  readonly runner?: (honest: SnosRunner) => SnosRunner;
  readonly knownHashOf?: KnownHashOf;
  readonly daEncoding?: DaEncoding;
  readonly computer?: DaComputer;
}

/** The handlers over ports in memory, with jobs of any block brought to where a test begins. */
export function pipeline<Chain extends StarknetNode = FakeChain>({
  chain = smallChain() as StarknetNode as Chain,
  kzg = hashKzg,
  runner = (honest) => honest,
  knownHashOf,
  daEncoding,
  computer,
}: PipelineOptions<Chain> = {}) {
  const settlement = new FakeSettlement();
  const objects = new MemoryObjects();
  const alerts: Alert[] = [];
  const maxBlobs = 6;
  const encoder = { node: chain, kzg, maxBlobs, daEncoding, computer };
  const honest = new SimulatedSnosRunner({ node: chain, kzg, settlement, maxBlobs, daEncoding, computer });
  const snos = new SnosRunHandler(
    {
      node: chain,
      runner: runner(honest),
      objects,
      kzg,
      settlement,
      computer,
      knownHashOf: knownHashOf ?? (async () => undefined),
    },
    { maxBlobs, daEncoding },
  );
  const da = new DataSubmissionHandler({ encoder, objects, settlement });
  const alertSink = { send: async (alert: Alert) => void alerts.push(alert) };
  const stateTransition = new StateTransitionHandler(
    { settlement, objects, encoder, alerts: alertSink },
    { pollMs: 1_000 },
  );

  // A number stands for the range of that block alone.
  const snosJob = (blocks: number | BlockRange): Job => {
    const range = typeof blocks === 'number' ? { first: blocks, last: blocks } : blocks;
    return jobFrom(newSnosJob(range, `snos-${range.first}`));
  };
  const snosDone = async (blocks: number | BlockRange): Promise<Job> =>
    afterProcess(snosJob(blocks), await snos.process(snosJob(blocks), work()));
  const provingJob = async (blocks: number | BlockRange): Promise<Job> => {
    const job = await snosDone(blocks);
    return jobFrom(provingJobFor(job, `proof-${job.internal_id}`));
  };
  const daJob = async (blocks: number | BlockRange): Promise<Job> => {
    const job = await provingJob(blocks);
    return jobFrom(dataSubmissionJobFor(job, `da-${job.internal_id}`));
  };
  const daDone = async (blocks: number | BlockRange): Promise<Job> => {
    const job = await daJob(blocks);
    return afterProcess(job, await da.process(job, work()));
  };
  const stateTransitionJob = async (blocks: number | BlockRange): Promise<Job> => {
    const job = await daDone(blocks);
    return jobFrom(stateTransitionJobFor(job, `settle-${job.internal_id}`));
  };

  return {
    chain,
    settlement,
    objects,
    alerts,
    handlers: { snos, da, stateTransition },
    snosJob,
    snosDone,
    provingJob,
    daJob,
    daDone,
    stateTransitionJob,
  };
}
