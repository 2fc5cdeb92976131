import { FELT_PRIME, isFelt } from '../felt.ts';
import { JsonLimitError, type LosslessJson, parseLosslessJson } from '../lossless-json.ts';
import { invalidPie, type PieReason } from './pie-error.ts';

/** The JSON files of a Cairo PIE, read into what the rest of the program needs of them. */

export interface Segment {
  readonly index: number;
  /** Cells. */
  readonly size: number;
}

export interface CairoProgram {
  readonly data: readonly bigint[];
  /** Names in the order of the program's declaration, for example `output`. */
  readonly builtins: readonly string[];
  /** Offset of the first instruction. */
  readonly main: number;
}

/** A public memory page of the output beside the main one, page 0. */
export interface OutputPage {
  readonly id: number;
  readonly start: number;
  readonly size: number;
}

export interface OutputAttributes {
  /** By ascending id. */
  readonly pages: readonly OutputPage[];
  /** The tree of hashes over the pages; undefined when the program did not set one. */
  readonly topology: readonly number[] | undefined;
}

export interface ExecutionResources {
  readonly nSteps: number;
  readonly nMemoryHoles: number;
  readonly builtinInstances: ReadonlyMap<string, number>;
}

/** An aggregator repeats its input, at most 750,000 words by the reference's limit; more would fill the memory. */
const MAX_OUTPUT_WORDS = 800_000;
const MAX_SEGMENT = 0xffff;

/** With all its members, or with those alone that are named. */
export function parseDocument(text: string, name: string, members?: readonly string[]): LosslessJson {
  try {
    return parseLosslessJson(text, members && { members });
  } catch (cause) {
    if (cause instanceof JsonLimitError)
      throw invalidPie('JsonTooLarge', `${name} has more in it than is read: ${cause.message}`, cause);
    throw invalidPie('NotJson', `${name} is not JSON: ${cause instanceof Error ? cause.message : ''}`, cause);
  }
}

/** `metadata.json`: where the output builtin wrote. */
export function outputSegmentOf(metadata: LosslessJson): Segment {
  const segment = member(member(metadata, 'builtin_segments'), 'output');
  if (segment === undefined)
    throw invalidPie('OutputBuiltinNoSegmentInfo', 'metadata.json has no builtin_segments.output');
  return readSegment(segment, 'output');
}

/** `metadata.json`: the segments of all builtins by name. */
export function builtinSegmentsOf(metadata: LosslessJson): Map<string, Segment> {
  return new Map(
    membersOf(member(metadata, 'builtin_segments')).map(([name, segment]) => [name, readSegment(segment, name)]),
  );
}

/** `metadata.json`: the program. */
export function programOf(metadata: LosslessJson): CairoProgram {
  const program = member(metadata, 'program');
  const data = member(program, 'data');
  const builtins = member(program, 'builtins');
  const main = member(program, 'main');
  if (BigInt(integerOr(member(program, 'prime'), 0n)) !== FELT_PRIME)
    throw invalidPie('ProgramHashCompute', "the program's prime is not that of Starknet's field");
  if (!Array.isArray(data) || data.length === 0) throw invalidPie('ProgramHashCompute', 'the program has no data');
  if (!Array.isArray(builtins)) throw invalidPie('ProgramHashCompute', 'the program has no list of builtins');
  if (!isIndex(main)) throw invalidPie('ProgramHashCompute', 'the program has no main');
  return {
    main,
    data: data.map((value: LosslessJson, index) => {
      const felt = BigInt(integerOr(value, -1n));
      if (!isFelt(felt)) throw invalidPie('ProgramHashCompute', `word ${index} of the program is no felt`);
      return felt;
    }),
    builtins: builtins.map((name: LosslessJson) => {
      if (typeof name !== 'string' || !/^[a-z0-9_]{1,31}$/.test(name))
        throw invalidPie('ProgramHashCompute', 'a builtin of the program has no proper name');
      return name;
    }),
  };
}

/** What {@link outputAttributesOf} reads: the other builtins list millions of cells. */
export const OUTPUT_ATTRIBUTES = ['output_builtin'] as const;

/** `additional_data.json`: pages and topology of the output. */
export function outputAttributesOf(additional: LosslessJson): OutputAttributes {
  const output = member(additional, 'output_builtin');
  if (output === undefined || output === null)
    throw invalidPie('OutputBuiltinNoAdditionalData', 'additional_data.json says nothing of the output builtin');
  const pages = membersOf(member(output, 'pages')).map(([name, place]) => readPage(name, place));
  return {
    pages: pages.sort((a, b) => a.id - b.id),
    topology: readTopology(member(member(output, 'attributes'), 'gps_fact_topology')),
  };
}

/** `execution_resources.json`. */
export function executionResourcesOf(resources: LosslessJson): ExecutionResources {
  const file = 'execution_resources.json';
  const nSteps = index(member(resources, 'n_steps'), 'FieldInvalid', `${file} has no n_steps`);
  const holes = member(resources, 'n_memory_holes') ?? 0;
  const counters = membersOf(member(resources, 'builtin_instance_counter'));
  return {
    nSteps,
    nMemoryHoles: index(holes, 'FieldInvalid', `${file} has a wrong n_memory_holes`),
    builtinInstances: new Map(
      counters.map(([name, count]) => [name, index(count, 'FieldInvalid', `${file} has a wrong counter of ${name}`)]),
    ),
  };
}

/** `version.json`, for example `1.1`. */
export function versionOf(document: LosslessJson): string {
  const version = member(document, 'cairo_pie');
  if (typeof version !== 'string' || !/^\d+(\.\d+)*$/.test(version))
    throw invalidPie('FieldInvalid', 'version.json does not tell the version of the format');
  return version;
}

function readSegment(value: LosslessJson, name: string): Segment {
  const at = member(value, 'index');
  const size = member(value, 'size');
  if (!isIndex(at) || at > MAX_SEGMENT || !isIndex(size))
    throw invalidPie('InvalidSegment', `metadata.json has no builtin_segments.${name} with index and size`);
  if (name === 'output' && size > MAX_OUTPUT_WORDS)
    throw invalidPie(
      'InvalidSegment',
      `the output segment has ${size} words, more than the limit of ${MAX_OUTPUT_WORDS}`,
    );
  return { index: at, size };
}

function readPage(name: string, place: LosslessJson): OutputPage {
  const id = /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1;
  if (id < 0) throw invalidPie('OutputPagesUnexpectedId', 'a page of the output has an id that is no number');
  const [start, size, ...more] = Array.isArray(place) ? (place as readonly LosslessJson[]) : [];
  if (!isIndex(start)) throw invalidPie('OutputPagesUnexpectedStart', `page ${id} of the output has no start`);
  if (!isIndex(size) || more.length > 0)
    throw invalidPie('OutputPagesInvalidSize', `page ${id} of the output has no size`);
  return { id, start, size };
}

function readTopology(value: LosslessJson | undefined): number[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidPie('TreeStructureInvalid', 'gps_fact_topology is not a list');
  return value.map((item: LosslessJson) =>
    index(item, 'TreeStructureInvalid', 'gps_fact_topology has an entry that is no count'),
  );
}

function member(value: LosslessJson | undefined, name: string): LosslessJson | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, LosslessJson>>)[name]
    : undefined;
}

function membersOf(value: LosslessJson | undefined): [string, LosslessJson][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

function index(value: LosslessJson | undefined, reason: PieReason, message: string): number {
  if (!isIndex(value)) throw invalidPie(reason, message);
  return value;
}

function isIndex(value: LosslessJson | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function integerOr(value: LosslessJson | undefined, other: bigint): number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)) ? value : other;
}
