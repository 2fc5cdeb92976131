import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe } from '@jest/globals';

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Folder beside the checkout that may hold recorded chain data; it is not part of the repository. */
export const sharedDir = join(projectRoot, '..', 'shared');

/** Folder of the recorded vectors, or undefined on a machine that has none. */
export const vectorsDir: string | undefined = existsSync(join(sharedDir, 'vectors'))
  ? join(sharedDir, 'vectors')
  : undefined;

/** A `describe` whose tests run where the vectors are, and are reported as skipped elsewhere. */
export function describeWithVectors(name: string, fn: (dir: string) => void): void {
  if (vectorsDir === undefined)
    describe.skip(`${name} (skipped: no ../shared/vectors on this machine)`, () => fn('/nonexistent'));
  else {
    const dir = vectorsDir;
    describe(name, () => fn(dir));
  }
}

/** Text of a vector file, `.gz` files unpacked, surrounding white space removed. */
export function readVector(...path: string[]): string {
  if (vectorsDir === undefined) throw new Error(`no vectors on this machine, wanted ${path.join('/')}`);
  const bytes = readFileSync(join(vectorsDir, ...path));
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8').trim();
}

/** A vector file that holds hex digits, with or without `0x`, as bytes. */
export function readVectorBytes(...path: string[]): Uint8Array {
  const digits = readVector(...path).replace(/^0x/, '');
  if (!/^([0-9a-fA-F]{2})+$/.test(digits)) throw new Error(`${path.join('/')} is not hex`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** A vector file that holds JSON. */
export function readVectorJson(...path: string[]): unknown {
  return JSON.parse(readVector(...path));
}
