import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { encodeOsOutput } from './os-output-encode.ts';
import type { OsOutput } from './os-output-fields.ts';

/**
 * Compares an output with the one that the block must have.
 *
 * Fields are compared in the order of the words, lists by length and then one by one; what is left, such as a longer
 * state difference, is found by `wordCount`.
 *
 * @throws OrchestratorError OUTPUT_MISMATCH whose context has `field`, the first that differs, with `actual` and
 *   `expected`, and `index` where the field is a list
 */
export function validateOsOutput(actual: OsOutput, expected: OsOutput): void {
  for (const field of HEADER_FIELDS) requireEqual(field, actual[field], expected[field]);
  if (actual.kzg !== undefined && expected.kzg !== undefined) {
    requireEqual('z', actual.kzg.z, expected.kzg.z);
    requireEqual('blobCount', actual.kzg.commitments.length, expected.kzg.commitments.length);
    requireEqualItems('commitment', actual.kzg.commitments.map(hex), expected.kzg.commitments.map(hex));
    requireEqualItems('evaluation', actual.kzg.evaluations, expected.kzg.evaluations);
  }
  requireEqualMessages('messagesToL1', actual.messagesToL1, expected.messagesToL1);
  requireEqualMessages('messagesToL2', actual.messagesToL2, expected.messagesToL2);
  const actualWords = encodeOsOutput(actual);
  const expectedWords = encodeOsOutput(expected);
  requireEqual('wordCount', actualWords.length, expectedWords.length);
  requireEqualItems('stateDiffWords', actual.stateDiffWords ?? [], expected.stateDiffWords ?? []);
}

const HEADER_FIELDS = [
  'initialRoot',
  'finalRoot',
  'prevBlockNumber',
  'newBlockNumber',
  'prevBlockHash',
  'newBlockHash',
  'osProgramHash',
  'configHash',
  'useKzgDa',
  'fullOutput',
] as const satisfies readonly (keyof OsOutput)[];

type Value = bigint | number | boolean | string;

function requireEqual(field: string, actual: Value, expected: Value, index?: number): void {
  if (actual === expected) return;
  const place = index === undefined ? field : `${field} ${index}`;
  throw new OrchestratorError(
    'OUTPUT_MISMATCH',
    `the OS output does not fit the block: ${place} is ${show(actual)}, expected ${show(expected)}`,
    {
      context: { field, actual: show(actual), expected: show(expected), ...(index === undefined ? {} : { index }) },
    },
  );
}

function requireEqualItems(field: string, actual: readonly Value[], expected: readonly Value[]): void {
  requireEqual(field, actual.length, expected.length);
  actual.forEach((value, index) => {
    requireEqual(field, value, expected[index] ?? 'absent', index);
  });
}

function requireEqualMessages(field: string, actual: readonly object[], expected: readonly object[]): void {
  if (actual.length !== expected.length)
    requireEqual(field, `${actual.length} messages`, `${expected.length} messages`);
  requireEqualItems(field, actual.map(showMessage), expected.map(showMessage));
}

function showMessage(message: object): string {
  return Object.entries(message)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value.map(show).join(',')}]` : show(value)}`)
    .join(' ');
}

function show(value: Value): string {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : String(value);
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
