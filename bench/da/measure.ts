/** Milliseconds of one action: as a clock sees them, and of all the process's threads together. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Runs the action so many times after one that does not count; `index` is -1 for that one. */
async function samplesOf(count: number, action: (index: number) => unknown): Promise<Sample[]> {
  await action(-1);
  const samples: Sample[] = [];
  for (let index = 0; index < count; index++) samples.push(await sampleOf(() => action(index)));
  return samples;
}

export async function sampleOf(action: () => unknown): Promise<Sample> {
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await action();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

/** Prints the times, then median, least and most. */
export function print(title: string, samples: readonly Sample[]): void {
  const wall = samples.map(({ wallMs }) => wallMs);
  console.log(
    `${title}: median ${median(wall).toFixed(1)} ms, min ${Math.min(...wall).toFixed(1)}, max ${Math.max(...wall).toFixed(1)}` +
      ` (${wall.map((ms) => ms.toFixed(1)).join(' ')}); CPU median ${median(samples.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`,
  );
}

export async function measure(title: string, count: number, action: (index: number) => unknown): Promise<Sample[]> {
  const samples = await samplesOf(count, action);
  print(title, samples);
  return samples;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}
