import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { compareVersions, type DaLayout, daLayoutFor } from './starknet-version.ts';

/**
 * How a state difference is published:
 *
 * - `old`        old header words, not compressed (before 0.13.3)
 * - `new`        new header words, not compressed (no release; for tests and chains whose OS does not compress)
 * - `stateless`  new header words, compressed (0.13.3)
 * - `stateful`   new header words, addresses and keys replaced by aliases, compressed (0.13.4 and later)
 */
export type DaEncoding = 'old' | 'new' | 'stateless' | 'stateful';

export const DA_ENCODINGS: readonly DaEncoding[] = ['old', 'new', 'stateless', 'stateful'];

const ALIASES_SINCE = '0.13.4';

/**
 * Encoding of a block of this Starknet version.
 *
 * @param override what the operator wants instead, whatever the version
 * @throws OrchestratorError VERSION_UNSUPPORTED for a version that is newer than what is known, unless overridden
 */
export function daEncodingFor(starknetVersion: string, override?: DaEncoding): DaEncoding {
  if (override !== undefined) return override;
  if (daLayoutFor(starknetVersion) === 'old') return 'old';
  return compareVersions(starknetVersion, ALIASES_SINCE) < 0 ? 'stateless' : 'stateful';
}

/** Header words of an encoding. */
export function layoutOf(encoding: DaEncoding): DaLayout {
  return encoding === 'old' ? 'old' : 'new';
}

/** @throws OrchestratorError CONFIG_INVALID for a text that names no encoding */
export function parseDaEncoding(text: string): DaEncoding {
  const found = DA_ENCODINGS.find((encoding) => encoding === text);
  if (found === undefined)
    throw new OrchestratorError(
      'CONFIG_INVALID',
      `"${text.slice(0, 40)}" is no encoding; these are: ${DA_ENCODINGS.join(', ')}`,
    );
  return found;
}
