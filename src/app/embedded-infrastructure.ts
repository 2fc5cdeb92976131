import type { Clock, Entropy } from '../clock/clock.ts';
import { embeddedInfrastructure } from '../config/infrastructure-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';
import { openInfrastructure } from './open-infrastructure.ts';

/**
 * Everything in one directory: jobs, queues, intents and locks in one SQLite file, objects beside it, alerts in the log.
 * Several processes of one host may share it. Fails with the errors of `EmbeddedDatabase.open`.
 */
export async function openEmbedded(
  directory: string,
  clock: Clock,
  entropy: Entropy,
  log: Log,
): Promise<Infrastructure> {
  return await openInfrastructure(embeddedInfrastructure(directory), { clock, entropy, log });
}
