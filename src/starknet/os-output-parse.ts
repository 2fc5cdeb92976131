import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { joinCommitment } from './commitment.ts';
import { FELT_PRIME, isFelt } from './felt.ts';
import type { KzgSection, LegacyOsOutput, OsOutput } from './os-output-fields.ts';
import type { MessageToL1, MessageToL2 } from './starknet-node.ts';

/**
 * Reads the words of an OS output of Starknet 0.13.2 or later; inverse of `encodeOsOutput`.
 *
 * @throws OrchestratorError OUTPUT_INVALID; `field` in its context names the part that is wrong, `wordCount` when words
 *   are missing or left over
 */
export function parseOsOutput(words: readonly bigint[]): OsOutput {
  const reader = new WordReader(words);
  const header = {
    initialRoot: reader.next('initialRoot'),
    finalRoot: reader.next('finalRoot'),
    prevBlockNumber: reader.blockNumber('prevBlockNumber', true),
    newBlockNumber: reader.blockNumber('newBlockNumber', false),
    prevBlockHash: reader.next('prevBlockHash'),
    newBlockHash: reader.next('newBlockHash'),
    osProgramHash: reader.next('osProgramHash'),
    configHash: reader.next('configHash'),
    useKzgDa: reader.flag('useKzgDa'),
    fullOutput: reader.flag('fullOutput'),
  };
  return { ...header, ...(header.useKzgDa ? { kzg: readKzg(reader) } : {}), ...readRest(reader, header.useKzgDa) };
}

/**
 * Reads the words of an OS output from before Starknet 0.13.2: roots, block number and hash, config hash, KZG flag,
 * then commitment, z and evaluation (in that order), then the messages.
 *
 * @throws OrchestratorError OUTPUT_INVALID as {@link parseOsOutput}
 */
export function parseLegacyOsOutput(words: readonly bigint[]): LegacyOsOutput {
  const reader = new WordReader(words);
  const header = {
    initialRoot: reader.next('initialRoot'),
    finalRoot: reader.next('finalRoot'),
    blockNumber: reader.blockNumber('newBlockNumber', false),
    blockHash: reader.next('newBlockHash'),
    configHash: reader.next('configHash'),
    useKzgDa: reader.flag('useKzgDa'),
  };
  return {
    ...header,
    ...(header.useKzgDa ? { kzg: readLegacyKzg(reader) } : {}),
    ...readRest(reader, header.useKzgDa),
  };
}

function readKzg(reader: WordReader): KzgSection {
  const z = reader.next('z');
  const count = reader.count('blobCount', 4);
  const commitments = Array.from({ length: count }, () => reader.commitment());
  const evaluations = Array.from({ length: count }, () => reader.evaluation());
  return { z, commitments, evaluations };
}

function readLegacyKzg(reader: WordReader): KzgSection {
  const commitments = [reader.commitment()];
  const z = reader.next('z');
  return { z, commitments, evaluations: [reader.evaluation()] };
}

function readRest(
  reader: WordReader,
  useKzgDa: boolean,
): Pick<OsOutput, 'messagesToL1' | 'messagesToL2' | 'stateDiffWords'> {
  const messagesToL1 = reader.segment('messagesToL1', readMessageToL1);
  const messagesToL2 = reader.segment('messagesToL2', readMessageToL2);
  const rest = reader.rest();
  if (useKzgDa && rest.length > 0) throw invalid('wordCount', `${rest.length} words are left over after the messages`);
  return { messagesToL1, messagesToL2, ...(rest.length > 0 ? { stateDiffWords: rest } : {}) };
}

function readMessageToL1(reader: WordReader): MessageToL1 {
  const field = 'messagesToL1';
  return { from: reader.next(field), to: reader.next(field), payload: reader.take(reader.count(field, 1), field) };
}

function readMessageToL2(reader: WordReader): MessageToL2 {
  const field = 'messagesToL2';
  return {
    from: reader.next(field),
    to: reader.next(field),
    nonce: reader.next(field),
    selector: reader.next(field),
    payload: reader.take(reader.count(field, 1), field),
  };
}

/** Reads words from left to right; a missing word, or one with too many bits, is an error that names the field. */
class WordReader {
  readonly #words: readonly bigint[];
  /** Name of the segment that the words are, undefined for the whole output. */
  readonly #segment: string | undefined;
  #position = 0;

  constructor(words: readonly bigint[], segment?: string) {
    this.#words = words;
    this.#segment = segment;
    const bad = words.findIndex((word) => !isFelt(word));
    if (bad >= 0) throw invalid('wordRange', `word ${bad} is not below the field prime`);
  }

  next(field: string): bigint {
    const word = this.#words[this.#position++];
    if (word === undefined) {
      const part =
        this.#segment === undefined
          ? `the output's ${this.#words.length} words end`
          : `the segment's ${this.#words.length} words end`;
      throw invalid(this.#segment ?? 'wordCount', `${part} before ${field} is complete`);
    }
    return word;
  }

  take(count: number, field: string): bigint[] {
    return Array.from({ length: count }, () => this.next(field));
  }

  rest(): bigint[] {
    return this.#words.slice(this.#position);
  }

  flag(field: string): boolean {
    const word = this.next(field);
    if (word > 1n) throw invalid(field, `the flag is ${word}, neither 0 nor 1`);
    return word === 1n;
  }

  blockNumber(field: string, sentinel: boolean): number {
    const word = this.next(field);
    if (sentinel && word === FELT_PRIME - 1n) return -1;
    if (word > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid(field, `${word} is not a block number`);
    return Number(word);
  }

  /** A number of things of `size` words each; refuses one that the remaining words cannot hold. */
  count(field: string, size: number): number {
    const word = this.next(field);
    const left = this.#words.length - this.#position;
    if (word > BigInt(Math.floor(left / size))) {
      throw invalid(
        this.#segment ?? (field === 'blobCount' ? field : 'wordCount'),
        `${field} announces ${word} x ${size} words, but ${left} are left`,
      );
    }
    return Number(word);
  }

  commitment(): Uint8Array {
    const low = this.next('commitment');
    return joinCommitment(low, this.next('commitment'));
  }

  evaluation(): bigint {
    const low = this.next('evaluation');
    const high = this.next('evaluation');
    if (low >> 128n !== 0n || high >> 128n !== 0n)
      throw invalid('evaluation', 'half of an evaluation has more than 128 bits');
    return (high << 128n) | low;
  }

  segment<T>(field: string, read: (reader: WordReader) => T): T[] {
    const inner = new WordReader(this.take(this.count(field, 1), field), field);
    const items: T[] = [];
    while (inner.#position < inner.#words.length) items.push(read(inner));
    return items;
  }
}

function invalid(field: string, message: string): OrchestratorError {
  return new OrchestratorError('OUTPUT_INVALID', `the OS output is malformed (${field}): ${message}`, {
    context: { field },
  });
}
