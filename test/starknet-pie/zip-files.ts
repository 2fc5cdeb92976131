import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip archive of these files. */
export async function zip(files: readonly (readonly [string, Uint8Array | string])[]): Promise<Uint8Array> {
  const archive = new ZipFile();
  for (const [name, content] of files) archive.addBuffer(Buffer.from(content), name);
  archive.end();
  return new Uint8Array(await buffer(archive.outputStream));
}
