import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** How a contract's header word packs class flag, nonce and number of writes; changed in Starknet 0.13.3. */
export type DaLayout = 'old' | 'new';

const NEW_LAYOUT_SINCE = '0.13.3';
const FIRST_UNKNOWN = '0.15.0';

/**
 * Orders two Starknet versions: negative, 0 or positive. Missing parts are 0, so `0.13` equals `0.13.0`; the empty
 * version of very old blocks comes before all others.
 *
 * @throws OrchestratorError VERSION_UNSUPPORTED when a text is not a version
 */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Layout of the data availability words of a block of this version.
 *
 * @throws OrchestratorError VERSION_UNSUPPORTED for 0.15 and later, whose layout is not known here
 */
export function daLayoutFor(version: string): DaLayout {
  if (compareVersions(version, FIRST_UNKNOWN) >= 0) {
    throw new OrchestratorError(
      'VERSION_UNSUPPORTED',
      `Starknet ${version} is newer than the newest known release line 0.14`,
      {
        context: { version },
        hint: 'Update the orchestrator before settling blocks of this version.',
      },
    );
  }
  return compareVersions(version, NEW_LAYOUT_SINCE) < 0 ? 'old' : 'new';
}

function parts(version: string): number[] {
  if (version === '') return [];
  if (!/^\d{1,9}(\.\d{1,9}){0,5}$/.test(version)) {
    throw new OrchestratorError(
      'VERSION_UNSUPPORTED',
      `"${version.slice(0, 40)}" is not a Starknet version such as 0.13.5`,
    );
  }
  return version.split('.').map(Number);
}
