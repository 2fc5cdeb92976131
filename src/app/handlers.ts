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
import type { DaComputer } from '../starknet/da-computer.ts';
import type { DaEncoding } from '../starknet/da-encoding.ts';
import type { Kzg } from '../starknet/kzg.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Infrastructure } from './infrastructure.ts';

export interface HandlerParts {
  readonly infrastructure: Pick<Infrastructure, 'store' | 'objects' | 'alerts'>;
  readonly node: StarknetNode;
  readonly runner: SnosRunner;
  readonly prover: Prover;
  readonly settlement: Settlement;
  readonly kzg: Kzg;
  readonly computer: DaComputer;
  readonly clock: Clock;
  /** Blobs that one state update may carry. */
  readonly maxBlobs: number;
  /** Instead of what the blocks' Starknet version says. */
  readonly daEncoding: DaEncoding | undefined;
  /** Milliseconds between looks at the prover and at the settlement layer. */
  readonly pollMs: { readonly prover: number; readonly settlement: number };
}

/** The job types of settlement on Ethereum, each with its ports. */
export function jobHandlers(parts: HandlerParts): Partial<Record<JobType, JobHandler>> {
  const { infrastructure, node, runner, prover, settlement, kzg, computer, maxBlobs, daEncoding, pollMs } = parts;
  const { store, objects, alerts } = infrastructure;
  const encoder = { node, kzg, computer, maxBlobs, daEncoding };
  const knownHashOf = knownHashes(store, settlement);
  return {
    SnosRun: new SnosRunHandler(
      { node, runner, objects, kzg, computer, settlement, knownHashOf },
      { maxBlobs, daEncoding },
    ),
    ProofCreation: new ProofCreationHandler({ prover }, { pollMs: pollMs.prover }),
    DataSubmission: new DataSubmissionHandler({ encoder, objects, settlement }),
    StateTransition: new StateTransitionHandler(
      { settlement, objects, encoder, alerts },
      { pollMs: pollMs.settlement },
    ),
  };
}
