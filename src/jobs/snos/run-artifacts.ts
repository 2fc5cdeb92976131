import { createHash } from 'node:crypto';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { type Blocks, blocksText } from '../../starknet/blocks.ts';
import { readPieOutput, readPieSteps } from '../../starknet/pie/small-pie.ts';
import { decodeProgramOutput, encodeProgramOutput } from '../../starknet/program-output-file.ts';
import { parseSnosOutputJson, snosOutputToJson } from '../../starknet/snos-output-json.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { SnosMetadata } from '../job.ts';

/** Reads Cairo PIEs. They are unzipped on other threads, which is why virtual time needs another reader. */
export interface PieReader {
  output(pie: Uint8Array): Promise<readonly bigint[]>;
  steps(pie: Uint8Array): Promise<number>;
}

const zippedPies: PieReader = { output: readPieOutput, steps: readPieSteps };

export type RunPaths = Pick<SnosMetadata, 'cairo_pie_path' | 'snos_output_path' | 'program_output_path'>;

/**
 * Stores a run's three artifacts. The program output comes last: once it is there, so are the others.
 *
 * @returns SHA-256 of the PIE as it was stored
 */
export async function storeRunArtifacts(
  objects: ObjectStore,
  paths: RunPaths,
  run: { readonly pie: Uint8Array; readonly programOutput: readonly bigint[] },
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted();
  const { sha256 } = await objects.put(paths.cairo_pie_path, run.pie);
  signal.throwIfAborted();
  await objects.put(paths.snos_output_path, new TextEncoder().encode(snosOutputToJson(run.programOutput)));
  signal.throwIfAborted();
  await objects.put(paths.program_output_path, encodeProgramOutput(run.programOutput));
  return sha256;
}

export interface StoredRun {
  readonly programOutput: readonly bigint[];
  readonly nSteps: number;
  /** SHA-256 of the PIE, lower case hex. */
  readonly pieSha256: string;
}

/**
 * A stored run, its output found the same in all three artifacts. Fails with an error that {@link isBrokenArtifact} knows
 * when one is missing, damaged or another run's.
 */
export async function readRunArtifacts(
  objects: ObjectStore,
  paths: RunPaths,
  pies: PieReader = zippedPies,
): Promise<StoredRun> {
  const programOutput = await readStoredOutput(objects, paths);
  const pie = await objects.get(paths.cairo_pie_path);
  mustEqual(programOutput, await pies.output(pie), paths.program_output_path, paths.cairo_pie_path);
  return { programOutput, nSteps: await pies.steps(pie), pieSha256: createHash('sha256').update(pie).digest('hex') };
}

/**
 * The output of a stored run whose PIE was recorded when it was stored: the PIE, which may be gigabytes, is compared by its
 * hash and never held in memory. Fails as {@link readRunArtifacts}.
 */
export async function readRecordedRun(
  objects: ObjectStore,
  paths: RunPaths & Pick<SnosMetadata, 'cairo_pie_sha256'>,
): Promise<readonly bigint[]> {
  const programOutput = await readStoredOutput(objects, paths);
  const hash = createHash('sha256');
  for await (const chunk of await objects.stream(paths.cairo_pie_path)) hash.update(chunk as Uint8Array);
  const actual = hash.digest('hex');
  if (actual !== paths.cairo_pie_sha256) {
    throw new OrchestratorError(
      'PIE_INVALID',
      `The Cairo PIE ${paths.cairo_pie_path} has the SHA-256 ${actual}, but ${paths.cairo_pie_sha256} was recorded for it`,
      { context: { key: paths.cairo_pie_path, actual, recorded: paths.cairo_pie_sha256 } },
    );
  }
  return programOutput;
}

async function readStoredOutput(objects: ObjectStore, paths: RunPaths): Promise<readonly bigint[]> {
  const programOutput = decodeProgramOutput(await objects.get(paths.program_output_path));
  const json = parseSnosOutputJson(new TextDecoder().decode(await objects.get(paths.snos_output_path)));
  mustEqual(programOutput, json, paths.program_output_path, paths.snos_output_path);
  return programOutput;
}

/** Fails with PIE_INVALID unless proving the PIE proves this output. */
export async function pieMustOutput(
  pie: Uint8Array,
  programOutput: readonly bigint[],
  range: Blocks,
  pies: PieReader = zippedPies,
): Promise<void> {
  const words = await pies.output(pie);
  if (sameWords(words, programOutput)) return;
  throw new OrchestratorError(
    'PIE_INVALID',
    `The Cairo PIE of ${blocksText(range)} has another output than the run reported`,
    {
      context: { block: range.first, field: 'pie', pieWords: words.length, reportedWords: programOutput.length },
    },
  );
}

function mustEqual(a: readonly bigint[], b: readonly bigint[], keyOfA: string, keyOfB: string): void {
  if (sameWords(a, b)) return;
  throw new OrchestratorError('OUTPUT_MISMATCH', `The artifacts ${keyOfA} and ${keyOfB} hold different outputs`, {
    context: { field: 'artifacts', first: keyOfA, second: keyOfB },
  });
}

function sameWords(a: readonly bigint[], b: readonly bigint[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
