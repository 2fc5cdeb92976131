import type { JobStatus } from '../../jobs/job.ts';
import type { ProgramIo } from '../program-io.ts';
import { type Progress, type RangeProgress, rangeName, STAGE_NAMES, STAGES, type StageCompleted } from './progress.ts';

const ROWS = 20;
const NAME_WIDTH = 16;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Shows progress: a table that is redrawn on a terminal, one line a finished stage elsewhere. */
export class ProgressView {
  readonly #io: ProgramIo;
  readonly #total: number;
  readonly #now: () => number;
  readonly #start: number;
  #frame = 0;

  constructor(io: ProgramIo, total: number, now: () => number) {
    this.#io = io;
    this.#total = total;
    this.#now = now;
    this.#start = now();
  }

  show(progress: Progress): void {
    if (this.#io.terminal) this.#draw(progress);
    else this.#list(progress);
  }

  #list(progress: Progress): void {
    const seconds = ((this.#now() - this.#start) / 1000).toFixed(1).padStart(6);
    for (const completed of progress.completed) {
      const settled = completed.stage === 'StateTransition' ? `  (${this.#count(progress, completed)})` : '';
      const blocks = `${completed.range.first === completed.range.last ? 'block' : 'blocks'} ${rangeName(completed.range)}`;
      this.#io.print(`${seconds} s  ${blocks}  ${STAGE_NAMES[completed.stage]} done${settled}`);
    }
  }

  /** How many were settled when this one was: a look may find several at once. */
  #count(progress: Progress, { range }: StageCompleted): string {
    const later = progress.completed.filter(
      ({ stage, range: other }) => stage === 'StateTransition' && other.first > range.first,
    );
    const after = later.reduce((count, each) => count + each.range.last - each.range.first + 1, 0);
    return `${progress.settled - after} of ${this.#total} settled`;
  }

  #draw(progress: Progress): void {
    this.#frame += 1;
    const seconds = ((this.#now() - this.#start) / 1000).toFixed(0);
    const head = `${'block'.padStart(NAME_WIDTH)}  ${STAGES.map((stage) => STAGE_NAMES[stage].padEnd(12)).join('')}`;
    const unfinished = progress.ranges.filter(({ stages }) => stages.StateTransition !== 'Completed').slice(0, ROWS);
    const rows = unfinished.map((range) => this.#row(range));
    this.#io.redraw([head, ...rows, `${progress.settled} of ${this.#total} blocks settled, ${seconds} s`]);
  }

  #row({ range, stages }: RangeProgress): string {
    return `${rangeName(range).padStart(NAME_WIDTH)}  ${STAGES.map((stage) => this.#cell(stages[stage]).padEnd(12)).join('')}`;
  }

  #cell(status: JobStatus | undefined): string {
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? '*';
    switch (status) {
      case undefined:
        return '·';
      case 'Completed':
        return '✓';
      case 'Created':
        return 'waits';
      case 'LockedForProcessing':
        return `${spinner} works`;
      case 'PendingVerification':
        return `${spinner} verifies`;
      case 'PendingRetry':
      case 'VerificationFailed':
        return 'tries again';
      case 'Failed':
      case 'VerificationTimeout':
        return '✗ failed';
    }
  }
}
