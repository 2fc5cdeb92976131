import type { JobStatus } from '../../jobs/job.ts';
import type { ProgramIo } from '../program-io.ts';
import { type BlockProgress, type Progress, STAGE_NAMES, STAGES } from './progress.ts';

const ROWS = 20;
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
    for (const { block, stage } of progress.completed) {
      const settled = stage === 'StateTransition' ? `  (${this.#count(progress, block)})` : '';
      this.#io.print(`${seconds} s  block ${block}  ${STAGE_NAMES[stage]} done${settled}`);
    }
  }

  #count(progress: Progress, block: number): string {
    const settledUpTo = progress.completed.filter(
      (each) => each.stage === 'StateTransition' && each.block > block,
    ).length;
    return `${progress.settled - settledUpTo} of ${this.#total} settled`;
  }

  #draw(progress: Progress): void {
    this.#frame += 1;
    const seconds = ((this.#now() - this.#start) / 1000).toFixed(0);
    const head = `${'block'.padStart(9)}  ${STAGES.map((stage) => STAGE_NAMES[stage].padEnd(12)).join('')}`;
    const unfinished = progress.blocks.filter(({ stages }) => stages.StateTransition !== 'Completed').slice(0, ROWS);
    const rows = unfinished.map((block) => this.#row(block));
    this.#io.redraw([head, ...rows, `${progress.settled} of ${this.#total} blocks settled, ${seconds} s`]);
  }

  #row({ block, stages }: BlockProgress): string {
    return `${String(block).padStart(9)}  ${STAGES.map((stage) => this.#cell(stages[stage]).padEnd(12)).join('')}`;
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
