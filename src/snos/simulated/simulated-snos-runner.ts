import type { Settlement } from '../../settlement/settlement.ts';
import { readBlockFacts } from '../../starknet/block-facts.ts';
import type { DaComputer } from '../../starknet/da-computer.ts';
import type { DaEncoding } from '../../starknet/da-encoding.ts';
import { daSection } from '../../starknet/da-section.ts';
import { expectedOutput } from '../../starknet/expected-output.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import { encodeOsOutput } from '../../starknet/os-output.ts';
import { buildSmallPie, readPieSteps } from '../../starknet/pie/small-pie.ts';
import { readRangeMessages } from '../../starknet/range-messages.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import { stoppableNode } from '../../starknet/stoppable-node.ts';
import type { SnosRequest, SnosResult, SnosRunner } from '../snos-runner.ts';

export interface SimulatedSnosPorts {
  readonly node: StarknetNode;
  readonly kzg: Kzg;
  readonly settlement: Pick<Settlement, 'parameters'>;
  readonly maxBlobs: number;
  /** Instead of what the blocks' Starknet version says. */
  readonly daEncoding?: DaEncoding | undefined;
  /** Default: computes in place. */
  readonly computer?: DaComputer | undefined;
}

/**
 * Makes the output that a run of the OS must have from what the node says, and a small PIE that outputs it. It passes
 * every check of the core contract; only the proof behind the fact is missing. The program hash it declares is the
 * contract's, since it runs no program of its own.
 */
export class SimulatedSnosRunner implements SnosRunner {
  readonly #ports: SimulatedSnosPorts;

  constructor(ports: SimulatedSnosPorts) {
    this.#ports = ports;
  }

  async run({ range, signal }: SnosRequest): Promise<SnosResult> {
    const { kzg, settlement, maxBlobs, daEncoding, computer } = this.#ports;
    const node = stoppableNode(this.#ports.node, signal);
    const facts = await readBlockFacts(node, range, { daEncoding, computer });
    const [messages, parameters] = await Promise.all([readRangeMessages(node, range), settlement.parameters()]);
    signal.throwIfAborted();
    const section = await daSection(facts.words, kzg, maxBlobs, computer);
    const { configHash, programHash } = parameters;
    const programOutput = encodeOsOutput(expectedOutput(facts, section, messages, { configHash, osProgramHash: 0n }));
    signal.throwIfAborted();
    const pie = await buildSmallPie(programOutput);
    return { programOutput, pie, programHash, nSteps: await readPieSteps(pie) };
  }
}
