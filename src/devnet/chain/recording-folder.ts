import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { makeDirectory } from '../../file-system/make-directory.ts';
import type { RecordedBlock, RecordingManifest } from './recorded-block.ts';
import { blockToJson, manifestToJson, parseBlock, parseManifest, recordingInvalid } from './recording-format.ts';

const MANIFEST = 'recording.json';

/** Undefined when the folder holds no recording at all. */
export async function readManifest(folder: string): Promise<RecordingManifest | undefined> {
  const json = await readJson(folder, MANIFEST);
  return json === undefined ? undefined : parseManifest(MANIFEST, json);
}

export async function writeManifest(folder: string, manifest: RecordingManifest): Promise<void> {
  await writeJson(folder, MANIFEST, manifestToJson(manifest));
}

/** Undefined when the block has no file. */
export async function readBlock(folder: string, number: number): Promise<RecordedBlock | undefined> {
  const file = blockFile(number);
  const json = await readJson(folder, file);
  if (json === undefined) return undefined;
  const block = parseBlock(file, json);
  mustFit(file, block, number);
  return block;
}

export async function writeBlock(folder: string, block: RecordedBlock): Promise<void> {
  await writeJson(folder, blockFile(block.header.number), blockToJson(block));
}

/** Path of a block's file inside a recording. */
export function blockFile(number: number): string {
  return `blocks/${String(number).padStart(12, '0')}.json`;
}

function mustFit(file: string, { header, update }: RecordedBlock, number: number): void {
  if (header.number !== number)
    throw recordingInvalid(file, 'header.block_number', `it is ${header.number} instead of ${number}`);
  if (header.hash !== update.blockHash)
    throw recordingInvalid(file, 'state_update.block_hash', "it is not the header's block_hash");
  if (header.newRoot !== update.newRoot)
    throw recordingInvalid(file, 'state_update.new_root', "it is not the header's new_root");
}

async function readJson(folder: string, file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw folderUnusable(folder, file, 'read', error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw recordingInvalid(file, 'the top', 'it is not JSON, or was cut short', error);
  }
}

/** Written beside, flushed, then renamed: a file is there whole or not at all, whenever the program or the machine stops. */
async function writeJson(folder: string, file: string, json: object): Promise<void> {
  const path = join(folder, file);
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    makeDirectory(dirname(path));
    const handle = await open(unfinished, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(json, null, 1)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw folderUnusable(folder, file, 'write', error);
  }
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}

function folderUnusable(folder: string, file: string, verb: 'read' | 'write', cause: unknown): OrchestratorError {
  const code = systemCode(cause);
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    const path = nearestExisting(dirname(join(folder, file)));
    return new OrchestratorError('STORAGE_UNAVAILABLE', `${path} is a file, not a folder`, {
      context: { folder, file },
      cause,
      hint: 'Give the folder of a recording.',
    });
  }
  return new OrchestratorError(
    'STORAGE_UNAVAILABLE',
    `Cannot ${verb} ${join(folder, file)}: ${code ?? 'unknown reason'}`,
    {
      context: { folder, file },
      cause,
      hint: 'Check that the folder exists, is yours and that the disk has room.',
    },
  );
}

/** What stands where a folder should be. */
function nearestExisting(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? path : nearestExisting(parent);
}

function systemCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
