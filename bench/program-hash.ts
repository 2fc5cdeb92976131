/**
 * Prints the time of a program hash of 15,000 felts (the size of the Starknet OS), raw: cold with its thread and tables,
 * and from memory; and the longest time for which the main thread was kept from anything else meanwhile.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { FELT_PRIME } from '../src/starknet/felt.ts';
import { programHash } from '../src/starknet/program-hash/program-hash.ts';

const felts = 15_000;
const samples = 5;
let state = 0x9e3779b97f4a7c15n;

function program() {
  const data = Array.from({ length: felts }, () => {
    state = (state * 0x5851f42d4c957f2d14057b7ef767814fn + 0x14057b7ef767814fn) % FELT_PRIME;
    return state;
  });
  return { main: 0, builtins: ['output', 'pedersen', 'range_check'], data };
}

const delay = monitorEventLoopDelay({ resolution: 5 });
const colds: number[] = [];
for (let i = 0; i < samples; i++) {
  const own = program();
  delay.reset();
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const hash = await programHash(own);
  const cold = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  delay.disable();
  const again = performance.now();
  if ((await programHash(own)) !== hash) throw new Error('the remembered hash differs');
  const cached = performance.now() - again;
  colds.push(cold);
  console.log(
    `sample ${i}: ${felts} felts cold ${cold.toFixed(0)} ms (${((cpu.user + cpu.system) / 1000).toFixed(0)} ms of CPU), cached ${cached.toFixed(1)} ms, longest stall of the main thread ${(delay.max / 1e6).toFixed(0)} ms`,
  );
}
const sorted = colds.toSorted((a, b) => a - b);
console.log(`cold: fastest ${sorted[0]?.toFixed(0)} ms, median ${sorted[Math.floor(samples / 2)]?.toFixed(0)} ms`);
