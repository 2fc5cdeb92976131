import type { CrashPoint, Side } from './call-recorder.ts';

/** What one process of the crash tests is to do; its only argument, as JSON. */
export interface ProcessOrders {
  readonly dataDir: string;
  readonly starknetUrl: string;
  readonly ethereumUrl: string;
  readonly core: `0x${string}`;
  readonly registry: `0x${string}`;
  readonly settlementKey: `0x${string}`;
  readonly registrarKey: `0x${string}`;
  /** Ends once this block is settled. */
  readonly lastBlock: number;
  /** Where KZG answers are kept. */
  readonly kzgDir: string;
  /** Die by SIGKILL at this point; without it the process works to the end. */
  readonly die?: { readonly point: string; readonly side: Side };
  /** Write the crash points of the whole run here, as JSON. */
  readonly traceFile?: string;
}

export type Trace = readonly CrashPoint[];
