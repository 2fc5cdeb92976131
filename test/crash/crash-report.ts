import type { CrashResult, TracedPoint } from './crash-matrix.ts';
import { PORT_METHODS } from './port-methods.ts';

/** What a set of crashes has shown. */
export interface CrashReport {
  readonly broken: readonly CrashResult[];
  /** Calls of a job phase that were traced but at which no process died; `<job type>/<phase>: Port.method`. */
  readonly uncovered: readonly string[];
  /** Port methods that no run without faults calls. */
  readonly untraced: readonly string[];
  /** Traced calls that no port declares. */
  readonly unknown: readonly string[];
  /** One line for people. */
  readonly summary: string;
}

export function reportOn(
  points: readonly TracedPoint[],
  results: readonly CrashResult[],
  seconds: number,
): CrashReport {
  const nameOf = ({ context, call }: { context: string; call: string }): string => `${context}: ${call}`;
  const died = new Set(results.filter(({ outcome }) => outcome !== 'missed').map(({ point }) => nameOf(point)));
  const calls = new Set(points.map(({ call }) => call));
  const count = (outcome: CrashResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const missed = count('missed');
  return {
    broken: results.filter(({ outcome }) => outcome === 'broken'),
    uncovered: [...new Set(points.map(nameOf))].filter((name) => !died.has(name)),
    untraced: PORT_METHODS.filter((method) => !calls.has(method)),
    unknown: [...calls].filter((call) => !PORT_METHODS.includes(call)),
    summary:
      `crash matrix: ${results.length - missed} crashes at ${points.length} points: ${count('survived')} survived, ` +
      `${count('broken')} broken; ${missed} not come to; ${seconds.toFixed(0)} s`,
  };
}

/** All that is needed to look into a broken one. */
export function describeBroken({ point, side, unmined, faults, log }: CrashResult): string {
  const pool = unmined === true ? ', transaction kept in the pool' : '';
  return [`died ${side} ${point.id}${pool}`, ...faults.map((fault) => `  ${fault}`), log].join('\n');
}
