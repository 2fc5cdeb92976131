import { systemClock } from '../../src/clock/system-clock.ts';
import type { VirtualClock } from '../virtual-clock.ts';

/** The time that a queue under test lives in, and what may be asked of it there. */
export interface QueueTime {
  now(): number;
  /** Lets time pass: really, or in no time. */
  advance(ms: number): Promise<void>;
  /** What the suite calls a second. Its spans are multiples of ten of them. */
  readonly secondMs: number;
  /** Something that is to be at an instant must not be seen before `instant - earlyMs`. */
  readonly earlyMs: number;
  /** ... and must be seen at `instant + lateMs`. */
  readonly lateMs: number;
  /** Spans of days, which only virtual time has. */
  readonly hasDays: boolean;
  /** Receipts of earlier deliveries do nothing and are told to be void; SQS may take them for the current one. */
  readonly voidsOldReceipts: boolean;
  /** Counts are exact at once, and the age of the oldest message is known. */
  readonly countsExactly: boolean;
  /** What an aborted `receive` did not answer is there at once; otherwise after the visibility time. */
  readonly abortsCleanly: boolean;
}

/** Exact to the millisecond. */
export function virtualTime(clock: VirtualClock): QueueTime {
  return {
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    secondMs: 1_000,
    earlyMs: 1,
    lateMs: 0,
    hasDays: true,
    voidsOldReceipts: true,
    countsExactly: true,
    abortsCleanly: true,
  };
}

/** The time of a far service that knows whole seconds: a second of the suite is a tenth of one. */
export const sqsTime: QueueTime = {
  now: () => systemClock.now(),
  advance: (ms) => systemClock.sleep(ms),
  secondMs: 100,
  earlyMs: 1_200,
  lateMs: 1_500,
  hasDays: false,
  voidsOldReceipts: false,
  countsExactly: false,
  abortsCleanly: false,
};
