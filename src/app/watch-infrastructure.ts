import type { Clock } from '../clock/clock.ts';
import type { InfrastructureConfig } from '../config/infrastructure-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';
import { InfrastructureMonitor, OBSERVED_DEPENDENCIES } from './infrastructure-monitor/infrastructure-monitor.ts';

export interface WatchedInfrastructure {
  /** To be used in place of the one that was given. */
  readonly infrastructure: Infrastructure;
  /** Dependencies whose outages are told by this watch. */
  readonly toldElsewhere: ReadonlySet<string>;
  /** Waits at most `graceMs` for what is being told. */
  stop(graceMs: number): Promise<void>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Watches the systems that are reached over a network; a directory of this host fails at once or not at all. */
export function watchInfrastructure(
  { database, queues, objects }: InfrastructureConfig,
  infrastructure: Infrastructure,
  around: { readonly clock: Clock; readonly log: Log; readonly instance: string },
): WatchedInfrastructure {
  const isLocal = database.kind === 'embedded' && queues.kind === 'embedded' && objects.kind === 'filesystem';
  if (isLocal) return { infrastructure, toldElsewhere: NOTHING, stop: () => Promise.resolve() };
  const monitor = new InfrastructureMonitor({ ...infrastructure, ...around, alerts: infrastructure.directAlerts });
  return {
    infrastructure: {
      ...infrastructure,
      store: monitor.store,
      locks: monitor.observedDatabase(infrastructure.locks),
      intents: monitor.observedDatabase(infrastructure.intents),
      parked: monitor.observedDatabase(infrastructure.parked),
      queues: monitor.queues,
      objects: monitor.objects,
    },
    toldElsewhere: OBSERVED_DEPENDENCIES,
    stop: (graceMs) => monitor.stop(graceMs),
  };
}
