import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, Entropy } from '../../clock/clock.ts';
import type { InfrastructureConfig } from '../../config/infrastructure-config.ts';
import { DATABASE_FILE_NAME, EmbeddedDatabase } from '../../database/embedded/embedded-database.ts';
import { type CheckResult, check, failed, ok, warning } from './check.ts';

const NEEDED_NODE = 24;
/** Objects of a day's blocks fit easily; below this a full disk is near. */
const LITTLE_SPACE_BYTES = 2 ** 30;
const USABLE_DIRECTORY = 'Give a directory that this user may read and write, on a disk with free space.';

/** What the machine has to have: Node, a directory that can be written, a sound database where one is kept in it. */
export async function machineChecks(
  { dataDir, database: jobs, queues }: InfrastructureConfig,
  clock: Clock,
  entropy: Entropy,
): Promise<CheckResult[]> {
  const isEmbedded = jobs.kind === 'embedded' || queues.kind === 'embedded';
  const directory = await check('data directory', () => dataDirectory(dataDir));
  return [
    await check('Node', () => nodeVersion(process.versions.node)),
    directory,
    ...(isEmbedded && directory.state !== 'failed'
      ? [await check('database', () => database(dataDir, clock, entropy))]
      : []),
  ];
}

function nodeVersion(version: string) {
  if (Number.parseInt(version, 10) >= NEEDED_NODE) return ok(`Node ${version}`);
  return failed(
    `Node ${version} is too old`,
    `Install Node ${NEEDED_NODE}, or start bin/orchestrator.js after "npm ci".`,
  );
}

async function dataDirectory(dataDir: string) {
  const present = existsSync(dataDir);
  const folder = present ? dataDir : existingParent(dataDir);
  if (!(await stat(folder)).isDirectory()) return failed(`${folder} is a file, not a directory`, USABLE_DIRECTORY);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return failed(`${dataDir} cannot be used: ${error.message}`, USABLE_DIRECTORY);
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${dataDir} can be ${present ? 'written' : 'made'}; ${(free / 2 ** 30).toFixed(1)} GiB free`;
  return free < LITTLE_SPACE_BYTES ? warning(detail, `Make room on the disk of ${folder}.`) : ok(detail);
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) || parent === path ? parent : existingParent(parent);
}

async function database(dataDir: string, clock: Clock, entropy: Entropy) {
  if (!existsSync(`${dataDir}/${DATABASE_FILE_NAME}`)) return ok('none yet; the first start makes it');
  const opened = EmbeddedDatabase.open({ directory: dataDir, clock, entropy });
  try {
    opened.assertSound();
    return ok(`${DATABASE_FILE_NAME} is sound`);
  } finally {
    await opened.close();
  }
}
