import { type SimulationResult, simulate } from './simulate.ts';

/** What to tell about a run that broke: the line that replays it first. */
export function describeBreach({ seed, violation, trace }: SimulationResult): string {
  return [`npm run simulate -- --seed ${seed}`, `  ${violation}`, ...trace.map((line) => `    ${line}`)].join('\n');
}

/** Runs the schedules of consecutive seeds; answers a report on each that broke. */
export async function breachesOf(from: number, count: number, onBreach?: (report: string) => void): Promise<string[]> {
  const breaches: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const result = await simulate(seed);
    if (result.violation === undefined) continue;
    const report = describeBreach(result);
    breaches.push(report);
    onBreach?.(report);
  }
  return breaches;
}
