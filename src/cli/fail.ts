import { inspect } from 'node:util';
import type { ErrorCode } from '../errors/error-code.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { redact } from '../telemetry/redact.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: 1 | 2;
}

/** What the program itself did wrong, or what went wrong under it; everything else is for the user to put right. */
const NOT_THE_USERS: readonly ErrorCode[] = ['PROCESS_FAILED', 'DATABASE_UNAVAILABLE', 'LEASE_LOST', 'HANDLER_TIMEOUT'];

/**
 * An error as a user sees it: what is wrong and what to do, no stack trace unless `debug`. Exit code 2 for what the user can
 * put right (settings, nodes, keys, files), 1 for all else.
 */
export function describeFailure(error: unknown, options: { debug: boolean; secrets: readonly string[] }): Failure {
  const expected = error instanceof OrchestratorError;
  const lines = expected ? linesOf(error) : unexpectedLines(error);
  if (options.debug) lines.push(inspect(error, { depth: 8 }));
  const exitCode = expected && !NOT_THE_USERS.includes(error.code) ? 2 : 1;
  return { text: redact(lines.join('\n'), options.secrets), exitCode };
}

function linesOf(error: OrchestratorError): string[] {
  const [first = '', ...more] = error.message.split('\n');
  const lines = [`orchestrator: ${first}`, ...more.map((line) => `              ${line}`)];
  const cause = error.cause instanceof Error && !error.message.includes(error.cause.message) ? error.cause.message : '';
  if (cause !== '') lines.push(`  cause: ${cause}`);
  if (error.hint !== undefined) lines.push(`  ${error.hint}`);
  return [...lines, `  (${error.code})`];
}

function unexpectedLines(error: unknown): string[] {
  const message = error instanceof Error ? error.message : String(error);
  return [`orchestrator: unexpected error: ${message}`, '  This is a fault of the program; --debug shows where.'];
}
