import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** What one check of `doctor` found. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What is so. */
  readonly detail: string;
  /** What to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}

export type CheckOutcome = Omit<CheckResult, 'name' | 'hint'> & { readonly hint?: string };

/** Runs one check; what it throws is what it found. */
export async function check(name: string, work: () => Promise<CheckOutcome> | CheckOutcome): Promise<CheckResult> {
  try {
    const { hint = null, ...outcome } = await work();
    return { name, ...outcome, hint };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name, state: 'failed', detail: error.message, hint: hintOf(error) };
  }
}

function hintOf(error: Error): string | null {
  if (!(error instanceof OrchestratorError)) return null;
  return error.hint ?? (error.retry === 'dependency-down' ? 'Check its address, and that it runs.' : null);
}

export function ok(detail: string): CheckOutcome {
  return { state: 'ok', detail };
}

export function warning(detail: string, hint: string): CheckOutcome {
  return { state: 'warning', detail, hint };
}

export function failed(detail: string, hint: string): CheckOutcome {
  return { state: 'failed', detail, hint };
}

/** A check that needs a setting which was not given. */
export function skipped(name: string, missing: string): CheckResult {
  return { name, state: 'skipped', detail: `${missing} is not given`, hint: null };
}
