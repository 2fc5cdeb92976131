import type { Settlement } from '../../settlement/settlement.ts';
import type { SnosRunner } from '../../snos/snos-runner.ts';
import { readBlockFacts } from '../../starknet/block-facts.ts';
import type { DaComputer } from '../../starknet/da-computer.ts';
import type { DaEncoding } from '../../starknet/da-encoding.ts';
import { daSection } from '../../starknet/da-section.ts';
import { expectedOutput } from '../../starknet/expected-output.ts';
import { sharpFact } from '../../starknet/fact.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import { parseOsOutput } from '../../starknet/os-output.ts';
import { readRangeMessages } from '../../starknet/range-messages.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import { stoppableNode } from '../../starknet/stoppable-node.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { isBrokenArtifact } from '../broken-artifact.ts';
import { type Job, rangeOf, type SnosMetadata } from '../job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from '../job-handler.ts';
import { metadataOf } from '../new-jobs.ts';
import { provenProgram } from '../stored-output.ts';
import { waitingForBlock } from '../waiting-for-block.ts';
import { checkParent, type KnownHashOf } from './check-parent.ts';
import { checkRun, type RunExpectation } from './check-run.ts';
import {
  type PieReader,
  pieMustOutput,
  readRecordedRun,
  readRunArtifacts,
  storeRunArtifacts,
} from './run-artifacts.ts';

export interface SnosRunPorts {
  readonly node: StarknetNode;
  readonly runner: SnosRunner;
  readonly objects: ObjectStore;
  readonly kzg: Kzg;
  readonly settlement: Pick<Settlement, 'parameters'>;
  readonly knownHashOf: KnownHashOf;
  /** Default: computes in place. */
  readonly computer?: DaComputer | undefined;
  readonly pies?: PieReader;
}

export interface SnosRunSettings {
  /** Blobs that one state update may carry. */
  readonly maxBlobs: number;
  /** Instead of what the blocks' Starknet version says. */
  readonly daEncoding?: DaEncoding | undefined;
}

interface CheckedRun {
  readonly fact: string;
  readonly nSteps: number;
  readonly pieSha256: string;
}

/**
 * Runs the OS over a range of blocks. Nothing is stored before it was found to continue the chain and the output to be the one
 * that the node, the contract and our own encoding of the state diff demand.
 */
export class SnosRunHandler implements JobHandler {
  readonly #ports: SnosRunPorts;
  readonly #settings: SnosRunSettings;

  constructor(ports: SnosRunPorts, settings: SnosRunSettings) {
    this.#ports = ports;
    this.#settings = settings;
  }

  process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    return waitingForBlock(this.#process(job, work));
  }

  async #process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    const snos = metadataOf(job, 'Snos');
    const expected = await this.#expectation(job, work.signal);
    const run = (await this.#storedRun(snos, expected, work)) ?? (await this.#freshRun(snos, expected, work));
    return {
      kind: 'submitted',
      externalId: String(snos.start_block),
      specific: {
        ...snos,
        snos_fact: run.fact,
        snos_n_steps: run.nSteps,
        cairo_pie_sha256: run.pieSha256,
        end_block_hash: feltToHex(expected.output.newBlockHash),
      },
      verifyAfterMs: 0,
    };
  }

  async verify(job: Job, _work: WorkContext): Promise<VerifyOutcome> {
    const snos = metadataOf(job, 'Snos');
    try {
      const programOutput = await readRecordedRun(this.#ports.objects, snos);
      const parameters = await this.#ports.settlement.parameters();
      const fact = sharpFact(provenProgram(parseOsOutput(programOutput), parameters), programOutput);
      if (fact === snos.snos_fact) return { kind: 'verified' };
      return { kind: 'rejected', reason: `The stored output has the fact ${fact}, not ${snos.snos_fact}` };
    } catch (error) {
      if (isBrokenArtifact(error)) return { kind: 'rejected', reason: `${error.code}: ${error.message}` };
      throw error;
    }
  }

  /** Computed by us, never taken from the runner. */
  async #expectation(job: Job, signal: AbortSignal): Promise<RunExpectation> {
    const { kzg, settlement, knownHashOf, computer } = this.#ports;
    const node = stoppableNode(this.#ports.node, signal);
    const { daEncoding, maxBlobs } = this.#settings;
    const range = rangeOf(job);
    const facts = await readBlockFacts(node, range, { daEncoding, computer });
    await checkParent(facts.first, node, knownHashOf);
    const messages = await readRangeMessages(node, range);
    const parameters = await settlement.parameters();
    const section = await daSection(facts.words, kzg, maxBlobs, computer);
    return {
      range,
      output: expectedOutput(facts, section, messages, { configHash: parameters.configHash, osProgramHash: 0n }),
      messagesAssumed: messages.assumed,
      parameters,
    };
  }

  /** A run that an earlier holder of the job stored before it could say so; undefined when there is none that is whole and right. */
  async #storedRun(snos: SnosMetadata, expected: RunExpectation, work: WorkContext): Promise<CheckedRun | undefined> {
    const { objects, pies } = this.#ports;
    if ((await objects.head(snos.program_output_path)) === undefined) return undefined;
    try {
      const { programOutput, nSteps, pieSha256 } = await readRunArtifacts(objects, snos, pies);
      const programHash = provenProgram(parseOsOutput(programOutput), expected.parameters);
      return { fact: checkRun({ programOutput, programHash }, expected), nSteps, pieSha256 };
    } catch (error) {
      if (!isBrokenArtifact(error)) throw error;
      work.log.warn(
        { block: snos.start_block, code: error.code },
        `stored run is not usable, running again: ${error.message}`,
      );
      return undefined;
    }
  }

  async #freshRun(snos: SnosMetadata, expected: RunExpectation, work: WorkContext): Promise<CheckedRun> {
    const { runner, objects, pies } = this.#ports;
    const range = { first: snos.start_block, last: snos.end_block };
    const result = await runner.run({ range, fullOutput: snos.full_output, signal: work.signal });
    const fact = checkRun(result, expected);
    await pieMustOutput(result.pie, result.programOutput, range, pies);
    const pieSha256 = await storeRunArtifacts(objects, snos, result, work.signal);
    return { fact, nSteps: result.nSteps, pieSha256 };
  }
}
