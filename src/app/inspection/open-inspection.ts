import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, systemEntropy } from '../../clock/system-clock.ts';
import type { InfrastructureConfig } from '../../config/infrastructure-config.ts';
import { DATABASE_FILE_NAME } from '../../database/embedded/embedded-database.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { silentLog } from '../../telemetry/log.ts';
import { type JobsAndQueues, openJobsAndQueues } from '../open-infrastructure.ts';

/** What the reading commands look at. */
export type Inspection = JobsAndQueues;

/** Opens an installation that exists. Fails with CONFIG_INVALID for a data directory in which nobody has worked yet. */
export async function openInspection(config: InfrastructureConfig): Promise<Inspection> {
  const { dataDir, database, queues } = config;
  const isInFile = database.kind === 'embedded' || queues.kind === 'embedded';
  if (isInFile && !existsSync(join(dataDir, DATABASE_FILE_NAME))) {
    throw new OrchestratorError('CONFIG_INVALID', `No orchestrator has worked in ${dataDir} yet.`, {
      hint: 'Give the directory of the running orchestrator in --data-dir (MADARA_ORCHESTRATOR_DATA_DIR), or the settings of the systems that it uses, for example --mongodb.',
    });
  }
  return await openJobsAndQueues(config, { clock: systemClock, entropy: systemEntropy, log: silentLog });
}
