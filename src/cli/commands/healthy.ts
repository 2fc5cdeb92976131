import { judgeHealth } from '../../app/health/judge-health.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { healthySettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { valuesOf } from '../values-of.ts';

const NOT_HEALTHY = 1;

export const healthy: Command = {
  usage: 'healthy',
  description: 'Whether the instance that keeps --health-file has reported within a minute; asks no system.',
  settings: healthySettings,
  run: async (call) => {
    const verdict = judgeHealth(valuesOf(healthySettings, call).healthFile, systemClock);
    call.io.print(`${verdict.healthy ? 'healthy' : 'not healthy'}: ${verdict.reason}`);
    return verdict.healthy ? 0 : NOT_HEALTHY;
  },
};
