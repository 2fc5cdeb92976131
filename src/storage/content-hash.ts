import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** SHA-256 as lower case hex, 64 digits. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function corruptObject(key: string, expected: string, actual: string): OrchestratorError {
  return new OrchestratorError('OBJECT_CORRUPT', `Object ${key} is not what was stored: its hash differs.`, {
    context: { key, expected, actual },
    hint: 'The job that makes it can make it again; if it happens more than once, check the disk.',
  });
}

/** Passes bytes through and fails at their end with OBJECT_CORRUPT when their SHA-256 is not the expected one. */
export class HashCheck extends Transform {
  readonly #hash = createHash('sha256');
  readonly #key: string;
  readonly #expected: string;

  constructor(key: string, expected: string) {
    super();
    this.#key = key;
    this.#expected = expected;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const actual = this.#hash.digest('hex');
    done(actual === this.#expected ? null : corruptObject(this.#key, this.#expected, actual));
  }
}
