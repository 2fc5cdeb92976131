import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { FactReason } from './fact-error.ts';

/** One run of the Starknet OS that an aggregator joined with others. */
export interface AggregatedTask {
  /** Hash of the OS program. */
  readonly programHash: bigint;
  /** Output of that run. */
  readonly output: readonly bigint[];
}

export interface AggregatorOutput {
  readonly tasks: readonly AggregatedTask[];
  /** The joined output, in the layout of an OS output with KZG: what the aggregator's fact is about. */
  readonly result: readonly bigint[];
}

/** Word of the result with the KZG flag, and with the number of blobs. */
const KZG_FLAG = 8;
const BLOB_COUNT = 11;
const KZG_WORDS = 12;

/**
 * Takes the output of Starknet's aggregator apart. It repeats its input first:
 *
 *     n tasks, n x (size, OS program hash, output), result, zeros
 *
 * where a task's size counts itself and the hash.
 *
 * @throws OrchestratorError OUTPUT_INVALID; its context's `reason` is AggregatorOutputParsingError, or
 *   FeltToUsizeConversionError for a count that is no count
 */
export function parseAggregatorOutput(output: readonly bigint[]): AggregatorOutput {
  let position = 1;
  const tasks = Array.from({ length: count(output, 0) }, () => {
    const size = count(output, position);
    if (size < 2) throw parsingError(`a task of ${size} words has no room for its size and program hash`);
    const programHash = wordAt(output, position + 1);
    const task = { programHash, output: output.slice(position + 2, position + size) };
    position += size;
    wordAt(output, position);
    return task;
  });
  if (wordAt(output, position + KZG_FLAG) !== 1n) throw parsingError('the joined output has no KZG section');
  const messagesToL1 = position + KZG_WORDS + 4 * count(output, position + BLOB_COUNT);
  const messagesToL2 = messagesToL1 + 1 + count(output, messagesToL1);
  const end = messagesToL2 + 1 + count(output, messagesToL2);
  if (end > output.length) throw parsingError(`it should have ${end} words and has ${output.length}`);
  if (output.slice(end).some((word) => word !== 0n))
    throw parsingError('words other than zero follow the joined output');
  return { tasks, result: output.slice(position, end) };
}

/**
 * The parts of an output when it is an aggregator's, undefined otherwise. An OS output begins with a state root and no
 * other program that is proven here repeats tasks, so that the shape decides: it must parse, have tasks, and every task
 * must be a run of the OS that the joined output names (its word 6).
 */
export function asAggregatorOutput(output: readonly bigint[]): AggregatorOutput | undefined {
  let parsed: AggregatorOutput;
  try {
    parsed = parseAggregatorOutput(output);
  } catch (error) {
    if (error instanceof OrchestratorError) return undefined;
    throw error;
  }
  const { tasks, result } = parsed;
  const osProgramHash = result[6];
  return tasks.length > 0 && tasks.every(({ programHash }) => programHash === osProgramHash) ? parsed : undefined;
}

function wordAt(output: readonly bigint[], index: number): bigint {
  const word = output[index];
  if (word === undefined) throw parsingError(`its ${output.length} words end before word ${index}`);
  return word;
}

/** A number of words or things; none can be larger than the output. */
function count(output: readonly bigint[], index: number): number {
  const word = wordAt(output, index);
  if (word > BigInt(output.length))
    throw invalid('FeltToUsizeConversionError', `word ${index} counts more than the output has words`);
  return Number(word);
}

function parsingError(message: string): OrchestratorError {
  return invalid('AggregatorOutputParsingError', message);
}

function invalid(reason: FactReason, message: string): OrchestratorError {
  return new OrchestratorError('OUTPUT_INVALID', `this is not the output of the aggregator: ${message}`, {
    context: { reason },
  });
}
