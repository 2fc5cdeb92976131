import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../../starknet/felt.ts';
import { pieFact } from '../../starknet/pie/pie-fact.ts';
import { readPie } from '../../starknet/pie/read-pie.ts';
import { type OutputReport, outputLines, reportOutput } from './output-report.ts';
import { counted, field } from './report-text.ts';

/** Field names as scripts see them with `--json`. Felts are hex. */
export interface PieReport {
  readonly kind: 'cairo-pie';
  readonly version: string | null;
  readonly program_hash: string;
  /** With the program's own hash; of an aggregator over the joined output alone. */
  readonly fact: string;
  readonly aggregator: boolean;
  /** Of an aggregator, as SHARP proves it and the core contract asks for it. */
  readonly program_hash_with_prefix: string | null;
  readonly fact_with_prefix: string | null;
  readonly n_steps: number;
  readonly n_memory_holes: number;
  readonly memory_cells: number;
  readonly program_words: number;
  /** In the order of the program. */
  readonly builtins: readonly string[];
  readonly builtin_instances: Readonly<Record<string, number>>;
  /** Where the words of each page are in what is hashed; page 0 is the main one. */
  readonly pages: readonly { readonly id: number; readonly start: number; readonly size: number }[];
  readonly page_sizes: readonly number[];
  readonly tree: readonly number[];
  /** As the PIE states it. */
  readonly gps_fact_topology: readonly number[] | null;
  /** Number of words that the fact is about. */
  readonly hashed_words: number;
  /** All words that the program put out. */
  readonly output: readonly string[];
  /** What the words say where they are the output of the Starknet OS or of the aggregator; null otherwise. */
  readonly os_output: OutputReport | null;
}

/** Reads the Cairo PIE in a file; PIE_INVALID or OUTPUT_INVALID, each with a `reason` in its context. */
export async function reportPie(file: string): Promise<PieReport> {
  const pie = await readPie({ file });
  const fact = await pieFact(pie);
  const { pageSizes, tree } = fact.layout;
  return {
    kind: 'cairo-pie',
    version: pie.version ?? null,
    program_hash: feltToHex(fact.programHash),
    fact: fact.fact,
    aggregator: fact.prefixed !== undefined,
    program_hash_with_prefix: fact.prefixed === undefined ? null : feltToHex(fact.prefixed.programHash),
    fact_with_prefix: fact.prefixed?.fact ?? null,
    n_steps: pie.nSteps,
    n_memory_holes: pie.nMemoryHoles,
    memory_cells: pie.memoryCells,
    program_words: pie.program.data.length,
    builtins: pie.program.builtins,
    builtin_instances: Object.fromEntries(pie.builtinInstances),
    pages: placesOf(pageSizes),
    page_sizes: pageSizes,
    tree,
    gps_fact_topology: pie.topology ?? null,
    hashed_words: fact.hashedOutput.length,
    output: pie.output.map(feltToHex),
    os_output: osOutput(pie.output),
  };
}

function placesOf(sizes: readonly number[]) {
  let start = 0;
  return sizes.map((size, id) => {
    start += size;
    return { id, start: start - size, size };
  });
}

/** A PIE can be a run of any program. */
function osOutput(words: readonly bigint[]): OutputReport | null {
  try {
    return reportOutput(words);
  } catch (error) {
    if (error instanceof OrchestratorError) return null;
    throw error;
  }
}

export function pieLines(report: PieReport): string[] {
  const instances = Object.entries(report.builtin_instances).map(([name, count]) => `${name} ${count}`);
  return [
    field('program hash', report.program_hash),
    field('fact', report.fact),
    ...(report.fact_with_prefix === null || report.program_hash_with_prefix === null
      ? []
      : [
          field('as an aggregator', 'SHARP and the core contract use the prefixed hash'),
          field('  prefixed hash', report.program_hash_with_prefix),
          field('  its fact', report.fact_with_prefix),
        ]),
    field('steps', `${report.n_steps}, ${report.n_memory_holes} memory holes, ${report.memory_cells} memory cells`),
    field('program', `${counted(report.program_words, 'word')}, builtins ${report.builtins.join(', ')}`),
    field('builtin instances', instances.length === 0 ? 'none' : instances.join(', ')),
    field('pages', `${report.page_sizes.join(', ')} words, tree ${report.tree.join(' ')}`),
    field('output', `${counted(report.output.length, 'word')}, ${report.hashed_words} of them hashed`),
    ...(report.os_output === null
      ? report.output.map((word, index) => `  ${index}  ${word}`)
      : ['', ...outputLines(report.os_output)]),
  ];
}
