import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kzg } from '../../src/starknet/kzg.ts';

/**
 * Answers each question about the same bytes once for all processes: loading the trusted set-up takes seconds, and every
 * run asks about the same two blobs.
 */
export function storedKzg(kzg: Kzg, directory: string): Kzg {
  const once = async (name: string, inputs: readonly Uint8Array[], ask: () => Promise<Uint8Array[]>) => {
    const hash = createHash('sha256').update(name);
    for (const input of inputs) hash.update(input);
    const file = join(directory, hash.digest('hex'));
    const stored = await readFile(file, 'utf8').catch(() => undefined);
    if (stored !== undefined)
      return (JSON.parse(stored) as string[]).map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
    const answer = await ask();
    const draft = `${file}.${randomUUID()}`;
    await mkdir(directory, { recursive: true });
    await writeFile(draft, JSON.stringify(answer.map((bytes) => Buffer.from(bytes).toString('hex'))));
    await rename(draft, file);
    return answer;
  };
  const only = async (answers: Promise<Uint8Array[]>): Promise<Uint8Array> => {
    const [answer] = await answers;
    if (answer === undefined) throw new Error('an empty answer was stored');
    return answer;
  };
  return {
    commit: (blob) => only(once('commit', [blob], async () => [await kzg.commit(blob)])),
    prove: async (blob, z) => {
      const [proof, y] = await once('prove', [blob, z], async () => {
        const proven = await kzg.prove(blob, z);
        return [proven.proof, proven.y];
      });
      if (proof === undefined || y === undefined) throw new Error('half an answer was stored');
      return { proof, y };
    },
    cellProofs: (blob) => once('cellProofs', [blob], () => kzg.cellProofs(blob)),
    blobProof: (blob, commitment) =>
      only(once('blobProof', [blob, commitment], async () => [await kzg.blobProof(blob, commitment)])),
    verify: async (commitment, z, y, proof) => {
      const answer = once('verify', [commitment, z, y, proof], async () => [
        Uint8Array.of((await kzg.verify(commitment, z, y, proof)) ? 1 : 0),
      ]);
      return (await only(answer))[0] === 1;
    },
  };
}
