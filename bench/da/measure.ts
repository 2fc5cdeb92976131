/**
 * Runs the action so many times after one that does not count; prints each time, then fastest, median and slowest. The time
 * of the thread on the processor tells what the work costs where the machine has other work too.
 */
export function measure(title: string, samples: number, action: () => void): void {
  action();
  const wall: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < samples; i++) {
    const before = process.threadCpuUsage();
    const start = performance.now();
    action();
    wall.push(performance.now() - start);
    const { user, system } = process.threadCpuUsage(before);
    processor.push((user + system) / 1000);
  }
  print(`${title}, wall clock`, wall);
  print(`${title}, thread`, processor);
}

function print(title: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (times.length - 1))] ?? Number.NaN).toFixed(2);
  console.log(`${title}: ${times.map((time) => time.toFixed(1)).join(' ')}`);
  console.log(`${title}: fastest ${at(0)} ms, median ${at(0.5)} ms, slowest ${at(1)} ms (${times.length} samples)`);
}
