import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { splitCommitment } from './commitment.ts';
import { FELT_PRIME, isFelt } from './felt.ts';
import type { KzgSection, OsOutput } from './os-output-fields.ts';
import type { MessageToL1, MessageToL2 } from './starknet-node.ts';

const LOW_128 = (1n << 128n) - 1n;

/**
 * The words of an OS output; the layout is at {@link OsOutput}.
 *
 * @throws OrchestratorError OUTPUT_INVALID, with `field` in its context, for a value that no output can carry
 */
export function encodeOsOutput(output: OsOutput): bigint[] {
  if ((output.kzg !== undefined) !== output.useKzgDa)
    throw invalid('useKzgDa', 'the KZG section must be there exactly when the KZG flag is set');
  if (output.useKzgDa && output.stateDiffWords !== undefined)
    throw invalid('wordCount', 'an output with KZG carries no state difference');
  const words = [
    output.initialRoot,
    output.finalRoot,
    blockNumberWord(output.prevBlockNumber, 'prevBlockNumber'),
    blockNumberWord(output.newBlockNumber, 'newBlockNumber'),
    output.prevBlockHash,
    output.newBlockHash,
    output.osProgramHash,
    output.configHash,
    output.useKzgDa ? 1n : 0n,
    output.fullOutput ? 1n : 0n,
    ...(output.kzg === undefined ? [] : kzgWords(output.kzg)),
    ...segment(output.messagesToL1.flatMap(messageToL1Words)),
    ...segment(output.messagesToL2.flatMap(messageToL2Words)),
    ...(output.stateDiffWords ?? []),
  ];
  const bad = words.findIndex((word) => !isFelt(word));
  if (bad >= 0) throw invalid('wordRange', `word ${bad} is not below the field prime`);
  return words;
}

function kzgWords(kzg: KzgSection): bigint[] {
  if (kzg.commitments.length !== kzg.evaluations.length) {
    throw invalid('blobCount', `${kzg.commitments.length} commitments but ${kzg.evaluations.length} evaluations`);
  }
  const commitments = kzg.commitments.flatMap((commitment) => {
    const { low, high } = splitCommitment(commitment);
    return [low, high];
  });
  const evaluations = kzg.evaluations.flatMap((value) => {
    if (value < 0n || value >> 256n !== 0n) throw invalid('evaluation', 'an evaluation does not fit in 256 bits');
    return [value & LOW_128, value >> 128n];
  });
  return [kzg.z, BigInt(kzg.commitments.length), ...commitments, ...evaluations];
}

function segment(words: readonly bigint[]): bigint[] {
  return [BigInt(words.length), ...words];
}

function messageToL1Words({ from, to, payload }: MessageToL1): bigint[] {
  return [from, to, BigInt(payload.length), ...payload];
}

function messageToL2Words({ from, to, nonce, selector, payload }: MessageToL2): bigint[] {
  return [from, to, nonce, selector, BigInt(payload.length), ...payload];
}

function blockNumberWord(number: number, field: string): bigint {
  if (!Number.isSafeInteger(number) || number < (field === 'prevBlockNumber' ? -1 : 0))
    throw invalid(field, `${number} is not a block number`);
  return number === -1 ? FELT_PRIME - 1n : BigInt(number);
}

function invalid(field: string, message: string): OrchestratorError {
  return new OrchestratorError('OUTPUT_INVALID', `cannot encode the OS output: ${message}`, { context: { field } });
}
