import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from '../../src/database/embedded/database-error.ts';
import { DATABASE_FILE_NAME } from '../../src/database/embedded/embedded-database.ts';
import type { Program } from './program.ts';
import type { Site } from './site.ts';
import { untilStandsStill } from './stands-still.ts';

/**
 * Stops the process (SIGSTOP) at a moment at which it does not hold the write lock of the database in `dataDir`. SQLite's
 * lock ends with its transaction or its process, so one that is stopped within a transaction stops every other process.
 */
export async function stopUnlocked(site: Site, program: Program, dataDir: string): Promise<void> {
  await site.eventually(
    'the instance is stopped outside of a transaction',
    async () => {
      program.kill('SIGSTOP');
      await untilStandsStill(program.pid);
      if (isUnlocked(join(dataDir, DATABASE_FILE_NAME))) return true;
      program.kill('SIGCONT');
      return false;
    },
    { alive: [program] },
  );
}

function isUnlocked(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}
