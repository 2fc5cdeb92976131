import type { Clock } from '../clock/clock.ts';
import { DataSubmissionHandler } from '../jobs/data-submission/data-submission-handler.ts';
import type { JobType } from '../jobs/job.ts';
import type { JobHandler } from '../jobs/job-handler.ts';
import { ProofCreationHandler } from '../jobs/proving/proof-creation-handler.ts';
import { knownHashes } from '../jobs/snos/known-hashes.ts';
import { SnosRunHandler } from '../jobs/snos/snos-run-handler.ts';
import { StateTransitionHandler } from '../jobs/state-transition/state-transition-handler.ts';
import type { Prover } from '../provers/prover.ts';
import type { Settlement } from '../settlement/settlement.ts';
import type { SnosRunner } from '../snos/snos-runner.ts';
import type { Kzg } from '../starknet/kzg.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Infrastructure } from './embedded-infrastructure.ts';

export interface HandlerParts {
  readonly infrastructure: Pick<Infrastructure, 'store' | 'objects' | 'alerts'>;
  readonly node: StarknetNode;
  readonly runner: SnosRunner;
  readonly prover: Prover;
  readonly settlement: Settlement;
  readonly kzg: Kzg;
  readonly clock: Clock;
  readonly maxBlobs: number;
  /** Milliseconds between looks at the prover and at the settlement layer. */
  readonly pollMs: { readonly prover: number; readonly settlement: number };
}

/** The job types of settlement on Ethereum, each with its ports. */
export function jobHandlers(parts: HandlerParts): Partial<Record<JobType, JobHandler>> {
  const { infrastructure, node, runner, prover, settlement, kzg, maxBlobs, pollMs } = parts;
  const { store, objects, alerts } = infrastructure;
  const encoder = { node, kzg, maxBlobs };
  const knownHashOf = knownHashes(store, settlement);
  return {
    SnosRun: new SnosRunHandler({ node, runner, objects, kzg, settlement, knownHashOf }, { maxBlobs }),
    ProofCreation: new ProofCreationHandler({ prover }, { pollMs: pollMs.prover }),
    DataSubmission: new DataSubmissionHandler({ encoder, objects, settlement }),
    StateTransition: new StateTransitionHandler(
      { settlement, objects, encoder, alerts },
      { pollMs: pollMs.settlement },
    ),
  };
}
