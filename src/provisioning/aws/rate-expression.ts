import { OrchestratorError } from '../../errors/orchestrator-error.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/**
 * `rate(5 minutes)`: the interval in the largest unit that gives it exactly. EventBridge knows whole minutes, one at least;
 * anything else fails with CONFIG_INVALID rather than being rounded.
 */
export function rateExpression(intervalSeconds: number): string {
  for (const [unit, seconds] of UNITS) {
    const count = intervalSeconds / seconds;
    if (Number.isSafeInteger(count) && count >= 1) return `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
  }
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `EventBridge cannot send every ${intervalSeconds} s: it knows whole minutes, one at least`,
    {
      context: { intervalSeconds },
      hint: 'Give --interval-seconds as a multiple of 60, or leave --aws-event-bridge out and give run --in-process-cron.',
    },
  );
}
