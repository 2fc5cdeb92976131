import type { Alert } from '../../../src/alerts/alert-sink.ts';
import { DataSubmissionHandler } from '../../../src/jobs/data-submission/data-submission-handler.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { dataSubmissionJobFor, newSnosJob, provingJobFor, stateTransitionJobFor } from '../../../src/jobs/new-jobs.ts';
import { SnosRunHandler } from '../../../src/jobs/snos/snos-run-handler.ts';
import { StateTransitionHandler } from '../../../src/jobs/state-transition/state-transition-handler.ts';
import { SimulatedSnosRunner } from '../../../src/snos/simulated/simulated-snos-runner.ts';
import type { SnosRunner } from '../../../src/snos/snos-runner.ts';
import type { Kzg } from '../../../src/starknet/kzg.ts';
import { type FakeChain, smallChain } from './fake-chain.ts';
import { FakeSettlement } from './fake-settlement.ts';
import { hashKzg } from './hash-kzg.ts';
import { afterProcess, jobFrom, work } from './jobs.ts';
import { MemoryObjects } from './memory-objects.ts';

export interface PipelineOptions {
  readonly chain?: FakeChain;
  readonly kzg?: Kzg;
  /** Wraps the simulated runner, for example with one that lies. */
  readonly runner?: (honest: SnosRunner) => SnosRunner;
  readonly knownHashOf?: (block: number) => Promise<bigint | undefined>;
}

/** The handlers over ports in memory, with jobs of any block brought to where a test begins. */
export function pipeline({
  chain = smallChain(),
  kzg = hashKzg,
  runner = (honest) => honest,
  knownHashOf,
}: PipelineOptions = {}) {
  const settlement = new FakeSettlement();
  const objects = new MemoryObjects();
  const alerts: Alert[] = [];
  const maxBlobs = 6;
  const encoder = { node: chain, kzg, maxBlobs };
  const honest = new SimulatedSnosRunner({ node: chain, kzg, settlement, maxBlobs });
  const snos = new SnosRunHandler(
    {
      node: chain,
      runner: runner(honest),
      objects,
      kzg,
      settlement,
      knownHashOf: knownHashOf ?? (async () => undefined),
    },
    { maxBlobs },
  );
  const da = new DataSubmissionHandler({ encoder, objects, settlement });
  const alertSink = { send: async (alert: Alert) => void alerts.push(alert) };
  const stateTransition = new StateTransitionHandler(
    { settlement, objects, encoder, alerts: alertSink },
    { pollMs: 1_000 },
  );

  const snosJob = (block: number): Job => jobFrom(newSnosJob({ first: block, last: block }, `snos-${block}`));
  const snosDone = async (block: number): Promise<Job> =>
    afterProcess(snosJob(block), await snos.process(snosJob(block), work()));
  const provingJob = async (block: number): Promise<Job> =>
    jobFrom(provingJobFor(await snosDone(block), `proof-${block}`));
  const daJob = async (block: number): Promise<Job> =>
    jobFrom(dataSubmissionJobFor(await provingJob(block), `da-${block}`));
  const daDone = async (block: number): Promise<Job> => {
    const job = await daJob(block);
    return afterProcess(job, await da.process(job, work()));
  };
  const stateTransitionJob = async (block: number): Promise<Job> =>
    jobFrom(stateTransitionJobFor(await daDone(block), `settle-${block}`));

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
