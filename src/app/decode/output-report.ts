import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { asAggregatorOutput } from '../../starknet/aggregator-output.ts';
import { versionedHash } from '../../starknet/commitment.ts';
import { stateTransitionFact } from '../../starknet/fact.ts';
import { feltToHex, toHex32 } from '../../starknet/felt.ts';
import { type LegacyOsOutput, type OsOutput, parseLegacyOsOutput, parseOsOutput } from '../../starknet/os-output.ts';
import type { MessageToL1, MessageToL2 } from '../../starknet/starknet-node.ts';
import { counted, field } from './report-text.ts';

/** Field names as scripts see them with `--json`. Felts are hex; numbers of blocks are numbers, -1 before the first. */
export interface OutputReport {
  readonly kind: 'os-output';
  /** `legacy`: before Starknet 0.13.2, one block, no previous number and hash. */
  readonly layout: 'current' | 'legacy';
  readonly n_words: number;
  readonly initial_root: string;
  readonly final_root: string;
  readonly prev_block_number: number;
  readonly new_block_number: number;
  readonly prev_block_hash: string | null;
  readonly new_block_hash: string;
  readonly os_program_hash: string | null;
  readonly config_hash: string;
  readonly use_kzg_da: boolean;
  readonly full_output: boolean;
  readonly z: string | null;
  readonly blobs: readonly BlobPledge[];
  readonly messages_to_l1: readonly MessageToL1Report[];
  readonly messages_to_l2: readonly MessageToL2Report[];
  /** Words after the messages; only without KZG. */
  readonly state_diff_words: number;
  /** Keccak hash of the words, as the core contract logs it. */
  readonly state_transition_fact: string;
  /** Runs that the aggregator joined; empty for an output of the OS itself. */
  readonly aggregated: readonly { readonly os_program_hash: string; readonly n_words: number }[];
}

interface BlobPledge {
  readonly commitment: string;
  readonly versioned_hash: string;
  readonly evaluation: string;
}

interface MessageToL1Report {
  readonly from: string;
  readonly to: string;
  readonly payload: readonly string[];
}

interface MessageToL2Report extends MessageToL1Report {
  readonly nonce: string;
  readonly selector: string;
}

/**
 * What a program output says: one of the OS in the layout of today or of before 0.13.2, or the aggregator's, of which the
 * joined output is shown.
 *
 * @throws OrchestratorError OUTPUT_INVALID for words that are none of these
 */
export function reportOutput(words: readonly bigint[]): OutputReport {
  const aggregator = asAggregatorOutput(words);
  const own = aggregator?.result ?? words;
  const aggregated = (aggregator?.tasks ?? []).map(({ programHash, output }) => ({
    os_program_hash: feltToHex(programHash),
    n_words: output.length,
  }));
  const parsed = parseEither(own);
  const { output } = parsed;
  return {
    kind: 'os-output',
    layout: parsed.layout,
    n_words: own.length,
    initial_root: feltToHex(output.initialRoot),
    final_root: feltToHex(output.finalRoot),
    ...(parsed.layout === 'current' ? currentFields(parsed.output) : legacyFields(parsed.output)),
    config_hash: feltToHex(output.configHash),
    use_kzg_da: output.useKzgDa,
    z: output.kzg === undefined ? null : feltToHex(output.kzg.z),
    blobs: (output.kzg?.commitments ?? []).map((commitment, index) => ({
      commitment: `0x${Buffer.from(commitment).toString('hex')}`,
      versioned_hash: versionedHash(commitment),
      evaluation: toHex32(output.kzg?.evaluations[index] ?? 0n),
    })),
    messages_to_l1: output.messagesToL1.map(messageToL1),
    messages_to_l2: output.messagesToL2.map(messageToL2),
    state_diff_words: output.stateDiffWords?.length ?? 0,
    state_transition_fact: stateTransitionFact(own),
    aggregated,
  };
}

type Parsed =
  | { readonly layout: 'current'; readonly output: OsOutput }
  | { readonly layout: 'legacy'; readonly output: LegacyOsOutput };

/** No output reads in both layouts by chance: word 5 would be a block hash in one and a flag in the other. */
function parseEither(words: readonly bigint[]): Parsed {
  try {
    return { layout: 'current', output: parseOsOutput(words) };
  } catch (current) {
    if (!(current instanceof OrchestratorError)) throw current;
    try {
      return { layout: 'legacy', output: parseLegacyOsOutput(words) };
    } catch (legacy) {
      if (!(legacy instanceof OrchestratorError)) throw legacy;
      throw new OrchestratorError(
        'OUTPUT_INVALID',
        `The ${words.length} numbers are no output of the Starknet OS: ${current.message}`,
        { context: current.context, cause: legacy },
      );
    }
  }
}

function currentFields(output: OsOutput) {
  return {
    prev_block_number: output.prevBlockNumber,
    new_block_number: output.newBlockNumber,
    prev_block_hash: feltToHex(output.prevBlockHash),
    new_block_hash: feltToHex(output.newBlockHash),
    os_program_hash: feltToHex(output.osProgramHash),
    full_output: output.fullOutput,
  };
}

function legacyFields(output: LegacyOsOutput) {
  return {
    prev_block_number: output.blockNumber - 1,
    new_block_number: output.blockNumber,
    prev_block_hash: null,
    new_block_hash: feltToHex(output.blockHash),
    os_program_hash: null,
    full_output: false,
  };
}

function messageToL1({ from, to, payload }: MessageToL1): MessageToL1Report {
  return { from: feltToHex(from), to: feltToHex(to), payload: payload.map(feltToHex) };
}

function messageToL2({ from, to, nonce, selector, payload }: MessageToL2): MessageToL2Report {
  return {
    from: feltToHex(from),
    to: feltToHex(to),
    nonce: feltToHex(nonce),
    selector: feltToHex(selector),
    payload: payload.map(feltToHex),
  };
}

export function outputLines(report: OutputReport): string[] {
  return [
    field('blocks', blocks(report)),
    field('initial root', report.initial_root),
    field('final root', report.final_root),
    field('previous hash', report.prev_block_hash ?? 'not told'),
    field('new hash', report.new_block_hash),
    field('OS program hash', report.os_program_hash ?? 'not told'),
    field('config hash', report.config_hash),
    field('layout', `${report.layout}, ${counted(report.n_words, 'word')}${report.full_output ? ', full output' : ''}`),
    field(
      'data',
      report.use_kzg_da
        ? `in ${counted(report.blobs.length, 'blob')}`
        : `${counted(report.state_diff_words, 'word')} after the messages`,
    ),
    ...(report.z === null ? [] : [field('z', report.z)]),
    ...report.blobs.flatMap(({ commitment, versioned_hash, evaluation }, index) => [
      field(`blob ${index}`, versioned_hash),
      field('  commitment', commitment),
      field('  evaluation', evaluation),
    ]),
    field('transition fact', report.state_transition_fact),
    ...report.aggregated.map((task, index) =>
      field(`joined run ${index}`, `${counted(task.n_words, 'word')}, OS program ${task.os_program_hash}`),
    ),
    field('messages to L1', report.messages_to_l1.length),
    ...report.messages_to_l1.map(({ from, to, payload }) => `  ${from} -> ${to}  [${payload.join(', ')}]`),
    field('messages to L2', report.messages_to_l2.length),
    ...report.messages_to_l2.map(
      ({ from, to, nonce, selector, payload }) =>
        `  ${from} -> ${to}  nonce ${nonce}, selector ${selector}  [${payload.join(', ')}]`,
    ),
  ];
}

/** The first block is the one after the previous one. */
function blocks({ prev_block_number: previous, new_block_number: last }: OutputReport): string {
  return previous + 1 === last ? `${last}` : `${previous + 1} to ${last}`;
}
