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
    const { healthFile, json } = valuesOf(healthySettings, call);
    const verdict = judgeHealth(healthFile, systemClock);
    const text = `${verdict.healthy ? 'healthy' : 'not healthy'}: ${verdict.reason}`;
    call.io.print(json ? JSON.stringify(verdict, null, 2) : text);
    return verdict.healthy ? 0 : NOT_HEALTHY;
  },
};
