import { createHash } from 'node:crypto';
import { blobsNeeded, WORDS_PER_BLOB } from '../blob.ts';
import type { DaComputer } from '../da-computer.ts';
import { BYTES_PER_WORD, wordCount } from '../packed-words.ts';
import { Recent } from '../recent.ts';
import { type DaRequest, type DaResponse, type DaResults, errorOf } from './da-work.ts';
import { threadModule } from './thread-module.ts';
import { ThreadPool } from './thread-pool.ts';

/** A SNOS run, its validation and the data submission ask for the hash of the same words, blocks apart at most. */
const REMEMBERED = 64;

export interface WorkerDaComputerOptions {
  /** Most threads at a time; they start as they are needed. */
  readonly threads: number;
}

/** Computes in threads; the event loop only copies. To be closed with the program. */
export class WorkerDaComputer implements DaComputer {
  readonly #pool: ThreadPool<DaRequest, DaResponse>;
  /** By content; promises, so that those who ask at the same time share one computation. */
  readonly #hashes = new Recent<Promise<bigint>>(REMEMBERED);

  constructor({ threads }: WorkerDaComputerOptions) {
    const file = threadModule('da-worker', import.meta.url);
    this.#pool = new ThreadPool({ file, name: 'data availability', threads });
  }

  encode: DaComputer['encode'] = (update, inputs) => this.#run({ operation: 'encode', update, inputs });

  blobs: DaComputer['blobs'] = async (words, maxBlobs) => {
    const needed = blobsNeeded(wordCount(words), maxBlobs);
    const bytes = WORDS_PER_BLOB * BYTES_PER_WORD;
    const parts = Array.from({ length: needed }, (_, k) => Uint8Array.from(words.subarray(k * bytes, (k + 1) * bytes)));
    return Promise.all(parts.map((part) => this.#run({ operation: 'blob', words: part }, [part.buffer])));
  };

  wordsHash: DaComputer['wordsHash'] = (words) => {
    const content = createHash('sha256').update(words).digest('hex');
    const known = this.#hashes.get(content);
    if (known !== undefined) return known;
    const hash = this.#run({ operation: 'hash', words });
    this.#hashes.set(content, hash);
    hash.catch(() => this.#hashes.delete(content));
    return hash;
  };

  evaluate: DaComputer['evaluate'] = (words, z) => this.#run({ operation: 'evaluate', words, z });

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #run<Operation extends DaRequest['operation']>(
    request: Extract<DaRequest, { readonly operation: Operation }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<DaResults[Operation]> {
    const response = await this.#pool.run(request, transfer);
    if ('refused' in response) throw errorOf(response.refused);
    return response.result as DaResults[Operation];
  }
}
