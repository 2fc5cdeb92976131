/**
 * Pipeline bench: `npm run bench:pipeline [-- --rounds N]`. Each round is a process of its own, so that memory and
 * compiled code of one do not colour the next. Prints raw numbers of every round, then medians beside other engines'.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type PipelineResult, quantile, runPipeline } from './run-pipeline.ts';

const OTHERS = [
  ['plain promises + SQLite writes (the floor)', '170', '0.14', '0.1 / 11', '66'],
  ['BullMQ 6 on Redis', '146', '0.58', '36 / 88', '141'],
  ['pg-boss on PostgreSQL', '134', '0.56', '12 / 27', '84'],
  ['graphile-worker on PostgreSQL', '98', '1.24', '267 / 429', '101'],
  ['DBOS on PostgreSQL', '81', '2.4', '193 / 332', '199'],
  ['Temporal dev server', '9', '41', '580 / 1484', '573'],
] as const;

const once = process.argv.indexOf('--once');
if (once > 0) {
  const [blocks, finished] = process.argv.slice(once + 1, once + 3).map(Number);
  process.stdout.write(JSON.stringify(await runPipeline(blocks ?? 500, finished ?? 0)));
} else {
  const at = process.argv.indexOf('--rounds');
  report(at > 0 ? Number(process.argv[at + 1]) : 3);
}

function report(rounds: number): void {
  const main = measure('500 blocks', rounds, 500, 0);
  const alone = measure('200 blocks', rounds, 200, 0);
  const beside = measure('200 blocks beside 20,000 finished jobs', rounds, 200, 20_000);
  const rows = [...OTHERS, ['this engine', ...cells(main)]];
  print('| engine | blocks/s | CPU-s per 1000 jobs | hand-over p50/p99 ms | RSS MiB |');
  print('|---|---|---|---|---|');
  for (const row of rows) print(`| ${row.join(' | ')} |`);
  print(`database commits per job: ${main.commitsPerJob.toFixed(3)} (writes per job: ${main.writesPerJob.toFixed(2)})`);
  const ratio = alone.blocksPerSecond / beside.blocksPerSecond;
  print(`200 blocks beside 20,000 finished jobs: ${ratio.toFixed(2)} times as long as without them`);
}

function measure(title: string, rounds: number, blocks: number, finished: number): PipelineResult {
  const results = Array.from({ length: rounds }, (_, round) => {
    const self = fileURLToPath(import.meta.url);
    const text = execFileSync(process.execPath, ['--no-warnings', self, '--once', String(blocks), String(finished)]);
    const result = JSON.parse(text.toString()) as PipelineResult;
    print(`${title}, round ${round + 1}: ${JSON.stringify(result)}`);
    return result;
  });
  const median = (of: (result: PipelineResult) => number) =>
    quantile(
      results.map(of).sort((a, b) => a - b),
      0.5,
    );
  return {
    blocksPerSecond: median((result) => result.blocksPerSecond),
    cpuSecondsPer1000Jobs: median((result) => result.cpuSecondsPer1000Jobs),
    handOverMs: { p50: median((result) => result.handOverMs.p50), p99: median((result) => result.handOverMs.p99) },
    rssMiB: median((result) => result.rssMiB),
    commitsPerJob: median((result) => result.commitsPerJob),
    writesPerJob: median((result) => result.writesPerJob),
  };
}

function cells(result: PipelineResult): string[] {
  const { p50, p99 } = result.handOverMs;
  return [
    result.blocksPerSecond.toFixed(0),
    result.cpuSecondsPer1000Jobs.toFixed(2),
    `${p50.toFixed(1)} / ${p99.toFixed(1)}`,
    result.rssMiB.toFixed(0),
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
