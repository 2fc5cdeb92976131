import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const vectors = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'vectors');

/** Text of a vector file, unpacked. Usable outside jest, unlike `test/vectors.ts`. */
export function vectorText(...path: string[]): string {
  const file = join(vectors, ...path);
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim();
}

export function vectorJson(...path: string[]): unknown {
  return JSON.parse(vectorText(...path));
}
