import { collectOutput } from './output-segment.ts';
import { PieArchive, type PieSource } from './pie-archive.ts';
import {
  builtinSegmentsOf,
  type CairoProgram,
  type ExecutionResources,
  executionResourcesOf,
  OUTPUT_ATTRIBUTES,
  type OutputAttributes,
  outputAttributesOf,
  outputSegmentOf,
  parseDocument,
  programOf,
  type Segment,
  versionOf,
} from './pie-documents.ts';
import { invalidPie } from './pie-error.ts';
import { CELL_BYTES } from './pie-format.ts';

const METADATA = 'metadata.json';
const MEMORY = 'memory.bin';
const ADDITIONAL_DATA = 'additional_data.json';
const RESOURCES = 'execution_resources.json';
const VERSION = 'version.json';

/** Room for a program of 200,000 felts; that of the Starknet OS has 15,000. */
const MAX_METADATA_BYTES = 16 * 2 ** 20;
/** Room for a million hashes: lists one signature a check of the ECDSA builtin, one cell a Pedersen hash. Read past. */
const MAX_ADDITIONAL_BYTES = 16 * 2 ** 20;
const MAX_SMALL_BYTES = 2 ** 16;
/** 100 million cells; streamed, never held. */
const MAX_MEMORY_BYTES = 4_000_000_000;

/** What a Cairo PIE tells about a run, without its memory. */
export interface CairoPie extends OutputAttributes, ExecutionResources {
  /** Of the format, for example `1.1`; undefined in the oldest archives. */
  readonly version: string | undefined;
  readonly program: CairoProgram;
  readonly builtinSegments: ReadonlyMap<string, Segment>;
  /** All words that the program put out. */
  readonly output: readonly bigint[];
  /** Cells in `memory.bin`. */
  readonly memoryCells: number;
}

/**
 * Reads a Cairo PIE. The archive is unpacked as a stream, and sizes, their ratio and the number of files are limited
 * before anything is unpacked, so that a hostile archive costs neither memory nor time.
 *
 * @throws OrchestratorError PIE_INVALID with a `reason` in its context, for anything but a well-formed PIE
 */
export async function readPie(source: PieSource): Promise<CairoPie> {
  return PieArchive.with(source, async (archive) => {
    const metadata = await readJson(archive, METADATA, MAX_METADATA_BYTES);
    if (!archive.has(ADDITIONAL_DATA))
      throw invalidPie('OutputBuiltinNoAdditionalData', `${ADDITIONAL_DATA} is missing`);
    const segment = outputSegmentOf(metadata);
    return {
      version: archive.has(VERSION) ? versionOf(await readJson(archive, VERSION, MAX_SMALL_BYTES)) : undefined,
      program: programOf(metadata),
      builtinSegments: builtinSegmentsOf(metadata),
      ...outputAttributesOf(await readJson(archive, ADDITIONAL_DATA, MAX_ADDITIONAL_BYTES, OUTPUT_ATTRIBUTES)),
      ...executionResourcesOf(await readJson(archive, RESOURCES, MAX_SMALL_BYTES)),
      memoryCells: archive.size(MEMORY) / CELL_BYTES,
      output: await readOutput(archive, segment),
    };
  });
}

/**
 * The program output inside a Cairo PIE: the cells of the output builtin's segment, in order.
 *
 * @throws OrchestratorError PIE_INVALID as {@link readPie}
 */
export async function readPieOutput(source: PieSource): Promise<bigint[]> {
  return PieArchive.with(source, async (archive) => {
    const metadata = await readJson(archive, METADATA, MAX_METADATA_BYTES);
    return readOutput(archive, outputSegmentOf(metadata));
  });
}

/**
 * Cairo steps of the run behind a PIE.
 *
 * @throws OrchestratorError PIE_INVALID when the archive does not say
 */
export async function readPieSteps(source: PieSource): Promise<number> {
  return PieArchive.with(source, async (archive) => {
    return executionResourcesOf(await readJson(archive, RESOURCES, MAX_SMALL_BYTES)).nSteps;
  });
}

async function readOutput(archive: PieArchive, segment: Segment): Promise<bigint[]> {
  const bytes = archive.size(MEMORY);
  if (bytes % CELL_BYTES !== 0)
    throw invalidPie('MemoryInvalid', `${MEMORY} has ${bytes} bytes, not a multiple of ${CELL_BYTES}`);
  return collectOutput(archive.read(MEMORY, MAX_MEMORY_BYTES), segment);
}

async function readJson(archive: PieArchive, name: string, maxBytes: number, members?: readonly string[]) {
  return parseDocument(await archive.text(name, maxBytes), name, members);
}
