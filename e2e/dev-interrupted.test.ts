import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from '@jest/globals';
import type { Program } from './support/program.ts';
import type { Site } from './support/site.ts';
import { testAt } from './support/test-at.ts';

/** Moments of a `dev` run, each shown by a line of its output. */
const MOMENTS: readonly (readonly [string, RegExp])[] = [
  ['while Anvil starts', /^Starknet chain/],
  ['while instances start', /^Ethereum \(Anvil\)/],
  ['while the first blocks are run', /orchestrator process\(es\)/],
  ['while blocks settle', /settlement done/],
];

/** Output is written just before the next step begins, so the moment itself is a little after its line. */
const AFTER_LINE_MS = [0, 150, 700];

/** Only Linux tells the tests which processes are left. */
const onLinux: (name: string, fn: () => void) => void =
  process.platform === 'linux'
    ? describe
    : (name, fn) => describe.skip(`${name} (skipped: only Linux tells which processes are left)`, fn);

onLinux('orchestrator dev, stopped', () => {
  for (const [index, [moment, line]] of MOMENTS.entries()) {
    testAt(`ends everything on Ctrl-C ${moment}`, async (site) => {
      const dev = await devAt(site, line, AFTER_LINE_MS[index % AFTER_LINE_MS.length]);
      dev.killGroup('SIGINT');
      await site.expectExit(dev, 130);
      await site.nothingRuns();
    });

    testAt(`takes everything along when it is killed with -9 ${moment}`, async (site) => {
      const dev = await devAt(site, line, AFTER_LINE_MS[(index + 1) % AFTER_LINE_MS.length]);
      expect(dev.kill('SIGKILL')).toBe(true);
      await site.expectExit(dev, 137);
      await site.nothingRuns();
    });
  }

  testAt('ends everything when only the parent gets SIGINT, or SIGTERM', async (site) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const dev = await devAt(site, /orchestrator process\(es\)/, 0);
      dev.kill(signal);
      await site.expectExit(dev, 130);
      await site.nothingRuns();
    }
  });

  testAt('leaves nothing when Ctrl-C comes before it has loaded', async (site) => {
    for (const after of [30, 120, 250, 400, 600]) {
      const dev = site.start(['dev']);
      await delay(after);
      dev.killGroup('SIGINT');
      // Node's own answer to SIGINT and the program's are the same to a shell.
      await site.expectExit(dev, 130);
      await site.nothingRuns();
    }
  });

  testAt('ends everything on Ctrl-C under npm start', async (site) => {
    const root = new URL('..', import.meta.url).pathname;
    const npm = site.start([], {}, { command: { file: 'npm', args: ['start', '--silent'] }, cwd: root });
    await site.eventually('the instances run', () => npm.prints(/orchestrator process\(es\)/), { alive: [npm] });
    expect(site.running().length).toBeGreaterThan(3);
    npm.killGroup('SIGINT');
    expect(await npm.exited).not.toBe(0);
    await site.nothingRuns();
  });
});

async function devAt(site: Site, line: RegExp, afterMs = 0): Promise<Program> {
  const dev = site.start(['dev', '--blocks', '30', '--instances', '2']);
  await site.eventually(`dev prints ${line}`, () => dev.prints(line), { alive: [dev] });
  await delay(afterMs);
  expect(site.running().length).toBeGreaterThan(0);
  return dev;
}
