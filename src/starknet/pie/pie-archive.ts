import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBuffer, open, type ZipFile } from 'yauzl';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { invalidPie } from './pie-error.ts';

/** A whole archive in memory, or a file that is read piece by piece: real archives can exceed a gigabyte. */
export type PieSource = Uint8Array | { readonly file: string };

/** A Cairo PIE has five files. */
const MAX_FILES = 32;
/** Real memory dumps shrink to a fifth or less; an archive of zeros shrinks to a thousandth. */
const MAX_RATIO = 200;
/** Below this size a file may shrink as it likes. */
const FREE_BYTES = 2 ** 20;

/** Files of an archive by name. Sizes are known to be within the limits before anything is unpacked. */
export class PieArchive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  /**
   * Opens an archive for the time of `use`.
   *
   * @throws OrchestratorError PIE_INVALID when it is no zip, has too many files, a name twice or a name that leaves its
   *   folder; whatever else goes wrong with the archive inside `use` becomes PIE_INVALID too
   */
  static async with<T>(source: PieSource, use: (archive: PieArchive) => Promise<T>): Promise<T> {
    const zip = await openZip(source);
    try {
      return await use(new PieArchive(zip, await listEntries(zip)));
    } catch (cause) {
      if (cause instanceof OrchestratorError) throw cause;
      throw invalidPie('ArchiveUnreadable', `the archive cannot be read: ${messageOf(cause)}`, cause);
    } finally {
      zip.close();
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Unpacked size of a file. */
  size(name: string): number {
    return this.#entry(name).uncompressedSize;
  }

  /** Content of a file in pieces. The last piece is only given out when the checksum holds. */
  async *read(name: string, maxBytes: number): AsyncGenerator<Buffer> {
    const entry = this.#entry(name);
    const { uncompressedSize: size, compressedSize } = entry;
    if (size > maxBytes)
      throw invalidPie('FileTooLarge', `${name} has ${size} bytes unpacked, more than the limit of ${maxBytes}`);
    if (size > FREE_BYTES && size > MAX_RATIO * compressedSize)
      throw invalidPie(
        'FileCompressedTooMuch',
        `${name} unpacks from ${compressedSize} to ${size} bytes, more than ${MAX_RATIO} times as much`,
      );
    let checksum = 0;
    let bytes = 0;
    let last: Buffer | undefined;
    for await (const chunk of (await this.#open(entry)) as AsyncIterable<Buffer>) {
      if (last !== undefined) yield last;
      checksum = crc32(chunk, checksum);
      bytes += chunk.length;
      last = chunk;
    }
    if (bytes !== size || checksum !== entry.crc32) throw invalidPie('FileCorrupt', `${name} fails its checksum`);
    if (last !== undefined) yield last;
  }

  /** Content of a file that is UTF-8 text. */
  async text(name: string, maxBytes: number): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.read(name, maxBytes)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw invalidPie('FileMissing', `${name} is missing`);
    return entry;
  }

  #open(entry: Entry): Promise<Readable> {
    return new Promise((resolve, reject) => {
      this.#zip.openReadStream(entry, (error, stream) => {
        if (error) reject(error);
        else resolve(stream);
      });
    });
  }
}

function openZip(source: PieSource): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true } as const;
    const opened = (error: Error | null, zip: ZipFile) => {
      if (error) reject(invalidPie('NotAZip', `not a zip: ${error.message}`, error));
      else resolve(zip);
    };
    if (source instanceof Uint8Array)
      fromBuffer(Buffer.from(source.buffer, source.byteOffset, source.byteLength), options, opened);
    else open(source.file, options, opened);
  });
}

/** The reader itself refuses names that are absolute, climb up or contain backslashes. */
function listEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > MAX_FILES)
    throw invalidPie('TooManyFiles', `${zip.entryCount} files in the archive, more than the limit of ${MAX_FILES}`);
  const entries = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      if (entries.has(entry.fileName)) {
        reject(invalidPie('FileTwice', `${entry.fileName} is there twice`));
        return;
      }
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
