/** `node bench/far-ahead.ts [SECONDS]`: blocks in flight and memory of `run` while the chain is 100,000 blocks ahead. */
import { setTimeout as delay } from 'node:timers/promises';
import { Ethereum } from '../e2e/support/ethereum.ts';
import { AHEAD, sample, startFarAhead } from '../e2e/support/far-ahead.ts';
import { Site } from '../e2e/support/site.ts';

const LOOK_MS = 250;
const LINE_MS = 5_000;
/** More than can be settled in the time: a block a second. */
const BLOCKS_PER_SECOND = 3;

const seconds = Number(process.argv[2] ?? 90);
const ethereum = await Ethereum.start();
const site = await Site.open();
try {
  const farAhead = await startFarAhead(site, ethereum, seconds * BLOCKS_PER_SECOND);
  process.stdout.write(`chain ${AHEAD} blocks ahead, buffer 50 (the default)\n`);
  process.stdout.write('seconds  settled  in flight (most since the line before)  jobs  RSS MiB\n');
  const start = Date.now();
  let most = 0;
  let mostEver = 0;
  for (let line = 1; line * LINE_MS <= seconds * 1000; line += 1) {
    while (Date.now() - start < line * LINE_MS) {
      const { inFlight } = await sample(farAhead);
      most = Math.max(most, inFlight);
      await delay(LOOK_MS);
    }
    const { settled, inFlight, jobs, rssMiB } = await sample(farAhead);
    const cells = [`${(line * LINE_MS) / 1000}`, `${settled}`, `${inFlight} (${most})`, `${jobs}`, rssMiB.toFixed(0)];
    process.stdout.write(`${cells.map((cell, index) => cell.padStart([7, 9, 40, 6, 9][index] ?? 0)).join('')}\n`);
    mostEver = Math.max(mostEver, most);
    most = 0;
    if (farAhead.run.exitCode !== undefined) throw new Error(`run ended:\n${farAhead.run.tail()}`);
  }
  process.stdout.write(`never more than ${mostEver} blocks in flight\n`);
} finally {
  await site.close();
  await ethereum.stop();
}
