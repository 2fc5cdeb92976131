import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { isFelt } from '../felt.ts';
import { CELL_BYTES, decodeCell, segmentOfRecord } from './pie-format.ts';

const MAX_ENTRIES = 32;
const MAX_METADATA_BYTES = 64 * 2 ** 20;
/** 100 million cells; streamed, never held. */
const MAX_MEMORY_BYTES = 4_000_000_000;
/** Far above what a Starknet block or batch puts out, far below what would exhaust the memory. */
const MAX_OUTPUT_WORDS = 4_000_000;

/**
 * The program output inside a Cairo PIE: the cells of the output builtin's segment, in order.
 *
 * @param zip the whole archive; its contents are unpacked as a stream and sizes are limited
 * @throws OrchestratorError PIE_INVALID for anything but a well-formed PIE whose output segment is complete and holds felts only
 */
export async function readPieOutput(zip: Uint8Array): Promise<bigint[]> {
  return withEntries(zip, async (archive, entries) => {
    const segment = parseOutputSegment(
      await readText(archive, requireEntry(entries, 'metadata.json', MAX_METADATA_BYTES)),
    );
    const memory = requireEntry(entries, 'memory.bin', MAX_MEMORY_BYTES);
    if (memory.uncompressedSize % CELL_BYTES !== 0)
      throw invalid(`memory.bin has ${memory.uncompressedSize} bytes, not a multiple of ${CELL_BYTES}`);
    return readSegment(await openEntry(archive, memory), segment);
  });
}

/**
 * Cairo steps of the run behind a PIE.
 *
 * @throws OrchestratorError PIE_INVALID when the archive does not say
 */
export async function readPieSteps(zip: Uint8Array): Promise<number> {
  return withEntries(zip, async (archive, entries) => {
    const resources = await readText(archive, requireEntry(entries, 'execution_resources.json', MAX_METADATA_BYTES));
    const steps = property(parseJson(resources, 'execution_resources.json'), 'n_steps');
    if (!isIndex(steps)) throw invalid('execution_resources.json has no n_steps');
    return steps;
  });
}

async function withEntries<T>(
  zip: Uint8Array,
  use: (archive: ZipFile, entries: ReadonlyMap<string, Entry>) => Promise<T>,
): Promise<T> {
  const archive = await openZip(zip);
  try {
    return await use(archive, await listEntries(archive));
  } catch (cause) {
    if (cause instanceof OrchestratorError) throw cause;
    throw invalid(`the archive cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  } finally {
    archive.close();
  }
}

interface Segment {
  readonly index: number;
  readonly size: number;
}

/** `JSON.parse` rounds the felts of the program, but the two small integers that are needed here come out exactly. */
function parseOutputSegment(metadata: string): Segment {
  const json = parseJson(metadata, 'metadata.json');
  const segment = property(property(json, 'builtin_segments'), 'output');
  const index = property(segment, 'index');
  const size = property(segment, 'size');
  if (!isIndex(index) || index > 0xffff || !isIndex(size))
    throw invalid('metadata.json has no builtin_segments.output with index and size');
  if (size > MAX_OUTPUT_WORDS)
    throw invalid(`the output segment has ${size} words, more than the limit of ${MAX_OUTPUT_WORDS}`);
  return { index, size };
}

function parseJson(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw invalid(`${name} is not JSON`, cause);
  }
}

async function readSegment(stream: Readable, { index, size }: Segment): Promise<bigint[]> {
  const words = new Map<number, bigint>();
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (; start + CELL_BYTES <= bytes.length; start += CELL_BYTES) {
      if (segmentOfRecord(view, start) !== index) continue;
      const { offset, value } = decodeCell(view, start);
      if (typeof value !== 'bigint') throw invalid(`output word ${offset} is an address, not a felt`);
      if (!isFelt(value)) throw invalid(`output word ${offset} is not below the field prime`);
      if (offset >= size) throw invalid(`the output segment has a word at ${offset}, beyond its size of ${size}`);
      if (words.has(offset)) throw invalid(`output word ${offset} is there twice`);
      words.set(offset, value);
    }
    rest = bytes.subarray(start);
  }
  return Array.from({ length: size }, (_, offset) => {
    const word = words.get(offset);
    if (word === undefined) throw invalid(`output word ${offset} of ${size} is missing`);
    return word;
  });
}

function openZip(zip: Uint8Array): Promise<ZipFile> {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true, autoClose: false }, (error, archive) => {
      if (error) reject(invalid(`not a zip: ${error.message}`, error));
      else resolve(archive);
    });
  });
}

function listEntries(archive: ZipFile): Promise<Map<string, Entry>> {
  if (archive.entryCount > MAX_ENTRIES)
    throw invalid(`${archive.entryCount} files in the archive, more than the limit of ${MAX_ENTRIES}`);
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    archive.on('error', reject);
    archive.on('end', () => resolve(entries));
    archive.on('entry', (entry: Entry) => {
      if (entries.has(entry.fileName)) reject(invalid(`${entry.fileName} is there twice`));
      entries.set(entry.fileName, entry);
      archive.readEntry();
    });
    archive.readEntry();
  });
}

function requireEntry(entries: ReadonlyMap<string, Entry>, name: string, maxBytes: number): Entry {
  const entry = entries.get(name);
  if (entry === undefined) throw invalid(`${name} is missing`);
  if (entry.uncompressedSize > maxBytes)
    throw invalid(`${name} has ${entry.uncompressedSize} bytes unpacked, more than the limit of ${maxBytes}`);
  return entry;
}

function openEntry(archive: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    archive.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else resolve(stream);
    });
  });
}

async function readText(archive: ZipFile, entry: Entry): Promise<string> {
  return text(await openEntry(archive, entry));
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function invalid(message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError(
    'PIE_INVALID',
    `the Cairo PIE is invalid: ${message}`,
    cause === undefined ? {} : { cause },
  );
}
