/**
 * Time of data availability, raw: `npm run bench:da [-- SAMPLES]`. First the parts, by the synchronous functions on the main
 * thread; then the whole data submission with what its settlement needs, in threads as the program runs it, beside the
 * bare calls of the KZG library that cannot be avoided.
 */
import { availableParallelism } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DasContextJs } from '@crate-crypto/node-eth-kzg';
import { wordsToBlob } from '../../src/starknet/blob.ts';
import { evaluateWords } from '../../src/starknet/challenge.ts';
import { aliasesOf, aliasStateUpdate } from '../../src/starknet/compression/aliases.ts';
import { compressWords } from '../../src/starknet/compression/stateless-compression.ts';
import { WorkerDaComputer } from '../../src/starknet/compute/worker-da-computer.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { encodeStateDiff } from '../../src/starknet/encode-state-diff.ts';
import { lookUpEncodingInputs } from '../../src/starknet/encoding-inputs.ts';
import { toBytes32 } from '../../src/starknet/felt.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { poseidonHashManyFast } from '../../src/starknet/wasm/poseidon-wasm.ts';
import { asOneBlock, type DaCase, daCases } from './cases.ts';
import { daJob, type PreparedJob, prepareJob, remember } from './da-job.ts';
import { measure, median, print, type Sample, sampleOf } from './measure.ts';

/** Jobs that do not count: each thread has to compile what it runs. */
const WARM_UPS = 4;
const samples = Number(process.argv[2] ?? 11);
const threads = Math.min(availableParallelism(), 4);
const bare = DasContextJs.create({ usePrecomp: false });
const computer = new WorkerDaComputer({ threads });
const kzg = nativeKzg();

const { data, cases } = await daCases();
console.log(`${data}; ${samples} samples; ${availableParallelism()} cores, ${threads} threads for words`);
for (const each of cases) {
  const count = each.range.last - each.range.first + 1;
  console.log(`\n${each.blobs} blob${each.blobs === 1 ? '' : 's'}: ${count} blocks squashed into one`);
  if (each.blobs === 1) await measureParts(each);
  await measureJob(each);
}
await computer.close();

async function measureParts({ node, range }: DaCase): Promise<void> {
  const one = (await asOneBlock({ blobs: 1, node, range }))(0);
  const update = await one.stateUpdate(range.first);
  const inputs = await lookUpEncodingInputs(one, update, { first: range.first, last: range.first }, 'stateful');
  const { words, plainWords } = encodeStateDiff(update, inputs);
  const blob = wordsToBlob(words);
  const z = toBytes32(123n);
  console.log(`${words.length} words, ${plainWords.length} before compression`);
  const before = inputs.aliasesBefore ?? new Map<bigint, bigint>();
  const aliased = () => aliasStateUpdate(update, aliasesOf(update, before));
  await measure('aliases', samples, aliased);
  const named = aliased();
  await measure('words', samples, () => daWords(named, { layout: 'new' }));
  await measure('compression', samples, () => compressWords(plainWords));
  await measure('NTT', samples, () => wordsToBlob(words));
  await measure('aliases + words + compression + NTT', samples, () => {
    wordsToBlob(compressWords(daWords(aliased(), { layout: 'new' })));
  });
  await measure('the same with each step undone as a check', samples, () => {
    wordsToBlob(encodeStateDiff(update, inputs).words);
  });
  await measure('Poseidon of the words', samples, () => poseidonHashManyFast(words));
  await measure('evaluation', samples, () => evaluateWords(words, 123n));
  await measure('KZG commitment', samples, () => bare.asyncBlobToKzgCommitment(blob));
  await measure('KZG proof at z', samples, () => bare.asyncComputeKzgProof(blob, z));
  await measure('KZG cell proofs', samples, () => bare.asyncComputeCellsAndKzgProofs(blob));
}

/**
 * Library calls and jobs take turns, and each job is compared with the calls right before and after it, so that a machine
 * that changes its speed slows both.
 */
async function measureJob(each: DaCase): Promise<void> {
  const nodeOf = await asOneBlock(each);
  const prepared: PreparedJob[] = [];
  for (let i = 0; i < WARM_UPS + 2 * samples; i++)
    prepared.push(await prepareJob(nodeOf(i), each, (blob) => bare.asyncBlobToKzgCommitment(blob)));
  const calls: Sample[] = [];
  const jobs: Sample[] = [];
  const none: Stall = { wallMs: 0, cpuMs: 0 };
  const stalls = { calls: none, job: none };
  const parts = { kzg, computer };
  for (const job of prepared.slice(0, WARM_UPS)) await daJob(job, parts);
  const callBare = async (job: PreparedJob) => {
    const call = async () => {
      calls.push(await sampleOf(() => bareCalls(job)));
    };
    stalls.calls = worse(stalls.calls, await longestStall(call));
  };
  const measured = prepared.slice(WARM_UPS);
  for (const [i, job] of measured.entries()) {
    await callBare(job);
    if (i % 2 === 1) await remember(job, parts);
    stalls.job = worse(
      stalls.job,
      await longestStall(async () => {
        jobs.push(await sampleOf(() => daJob(job, parts)));
      }),
    );
  }
  for (const job of measured.slice(-1)) await callBare(job);
  const cold = jobs.filter((_, i) => i % 2 === 0);
  const warm = jobs.filter((_, i) => i % 2 === 1);
  print('bare KZG calls: commitment, proof at z, cell proofs, blobs in parallel', calls);
  print('whole job, nothing known before', cold);
  print('whole job after a SNOS run in the same process (hash and commitments known)', warm);
  const ratio = (of: (sample: Sample) => number, parity: number) => {
    const ratios = jobs.map((job, i) => (2 * of(job)) / calls.slice(i, i + 2).reduce((sum, call) => sum + of(call), 0));
    return median(ratios.filter((_, i) => i % 2 === parity)).toFixed(2);
  };
  const wall = ({ wallMs }: Sample) => wallMs;
  const cpu = ({ cpuMs }: Sample) => cpuMs;
  console.log(
    `whole job / bare calls: ${ratio(wall, 0)} (after a run ${ratio(wall, 1)}); in CPU time ${ratio(cpu, 0)} (${ratio(cpu, 1)})`,
  );
  console.log(
    `longest stall of the event loop: ${text(stalls.job)} during jobs, ${text(stalls.calls)} during bare calls`,
  );
}

async function bareCalls({ blobs, z }: PreparedJob): Promise<void> {
  await Promise.all(
    blobs.map(async (blob) => {
      await bare.asyncBlobToKzgCommitment(blob);
      await bare.asyncComputeKzgProof(blob, toBytes32(z));
      await bare.asyncComputeCellsAndKzgProofs(blob);
    }),
  );
}

interface Stall {
  /** Longest time between two turns of the event loop, as a clock sees it: includes what other programs took. */
  readonly wallMs: number;
  /** Most that the main thread computed between two turns. */
  readonly cpuMs: number;
}

async function longestStall(action: () => Promise<void>): Promise<Stall> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let cpuMs = 0;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    cpuMs = Math.max(cpuMs, (user + system) / 1000);
    before = process.threadCpuUsage();
  }, 1);
  delay.enable();
  await action();
  delay.disable();
  clearInterval(timer);
  return { wallMs: delay.max / 1e6, cpuMs };
}

function worse(a: Stall, b: Stall): Stall {
  return { wallMs: Math.max(a.wallMs, b.wallMs), cpuMs: Math.max(a.cpuMs, b.cpuMs) };
}

function text({ wallMs, cpuMs }: Stall): string {
  return `${wallMs.toFixed(1)} ms (${cpuMs.toFixed(1)} ms computed)`;
}
