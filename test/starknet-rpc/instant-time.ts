import type { Clock, Entropy } from '../../src/clock/clock.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { JsonRpcClientOptions } from '../../src/starknet/rpc/json-rpc-client.ts';
import type { Log } from '../../src/telemetry/log.ts';

export const NOW = Date.UTC(2024, 0, 1);

/** Clock whose sleeps end at once and are written down. */
export class InstantClock implements Clock {
  readonly sleeps: number[] = [];

  /** Milliseconds that have passed since {@link NOW}. */
  passed = 0;

  now(): number {
    return NOW + this.passed;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
  }

  after(): () => void {
    return () => undefined;
  }
}

const halfEntropy: Entropy = { random: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' };

/** Log that keeps the messages of each level. */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  debug = (_: object, message: string): void => void this.lines.push(`debug ${message}`);
  info = (_: object, message: string): void => void this.lines.push(`info ${message}`);
  warn = (_: object, message: string): void => void this.lines.push(`warn ${message}`);
  error = (_: object, message: string): void => void this.lines.push(`error ${message}`);
  child = (): Log => this;
}

export function clientOptions(
  url: string,
): JsonRpcClientOptions & { readonly clock: InstantClock; readonly log: KeptLog } {
  return { url, clock: new InstantClock(), entropy: halfEntropy, log: new KeptLog(), timeoutMs: 10_000 };
}

/** The OrchestratorError that the promise must end with. */
export async function failureOf(promise: Promise<unknown>): Promise<OrchestratorError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OrchestratorError) return error;
    throw error;
  }
  throw new Error('expected a failure, but it succeeded');
}
