import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { feltToHex, parseFelt } from './felt.ts';

/** The object `snos_output.json`: the words of the OS output as a JSON array of hex felts. */
export function snosOutputToJson(words: readonly bigint[]): string {
  return `${JSON.stringify(words.map(feltToHex))}\n`;
}

/**
 * Inverse of {@link snosOutputToJson}; hex digits of either case.
 *
 * @throws OrchestratorError OUTPUT_INVALID when the text is not a JSON array, FELT_INVALID for an element that is no felt
 */
export function parseSnosOutputJson(text: string): bigint[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new OrchestratorError('OUTPUT_INVALID', 'snos_output.json is not JSON', { cause });
  }
  if (!Array.isArray(json)) throw new OrchestratorError('OUTPUT_INVALID', 'snos_output.json is not an array of words');
  return json.map((word, index) => parseFelt(word, `word ${index} of snos_output.json`));
}
