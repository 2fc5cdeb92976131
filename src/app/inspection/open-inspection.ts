import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, systemEntropy } from '../../clock/system-clock.ts';
import { DATABASE_FILE_NAME } from '../../database/embedded/embedded-database.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { silentLog } from '../../telemetry/log.ts';
import { openEmbedded } from '../embedded-infrastructure.ts';
import type { Infrastructure } from '../infrastructure.ts';

/** What the reading commands look at. */
export type Inspection = Pick<Infrastructure, 'store' | 'queues' | 'intents' | 'close'>;

/** Opens a data directory that exists. Fails with CONFIG_INVALID where no orchestrator has worked yet. */
export async function openInspection(dataDir: string): Promise<Inspection> {
  if (!existsSync(join(dataDir, DATABASE_FILE_NAME))) {
    throw new OrchestratorError('CONFIG_INVALID', `No orchestrator has worked in ${dataDir} yet.`, {
      hint: 'Give the directory of the running orchestrator in --data-dir (MADARA_ORCHESTRATOR_DATA_DIR).',
    });
  }
  return await openEmbedded(dataDir, systemClock, systemEntropy, silentLog);
}
