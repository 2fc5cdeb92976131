import type { Readable } from 'node:stream';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** An object as its first answer describes it. */
export interface OpenedObject {
  readonly key: string;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Lower case hex; undefined for an object that another program wrote. */
  readonly sha256: string | undefined;
  readonly body: Readable;
  /** The bytes from `offset` to the end, of this very version of the object. */
  readonly reopen: (offset: number) => Promise<Readable>;
}

/** Broken connections that one reading survives. */
const MAX_RESUMES = 5;

/**
 * The whole content, however often the connection breaks within the limit; then, and when the object was replaced
 * meanwhile, it fails with STORAGE_UNAVAILABLE. It never just ends early.
 */
export async function* resumedBody({ key, size, body, reopen }: OpenedObject): AsyncGenerator<Uint8Array> {
  let offset = 0;
  let current = body;
  for (let resumes = 0; ; resumes += 1) {
    let broken: unknown;
    try {
      for await (const chunk of current) {
        offset += (chunk as Uint8Array).length;
        yield chunk as Uint8Array;
      }
    } catch (error) {
      broken = error;
    }
    if (offset >= size) return;
    if (resumes === MAX_RESUMES) throw cutOff(key, offset, size, broken);
    current = await reopen(offset);
  }
}

function cutOff(key: string, offset: number, size: number, cause: unknown): OrchestratorError {
  return new OrchestratorError('STORAGE_UNAVAILABLE', `S3 broke off reading ${key} at byte ${offset} of ${size}`, {
    retry: 'dependency-down',
    dependency: 's3',
    context: { key, offset, size },
    cause,
  });
}
