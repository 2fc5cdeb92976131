import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import { operate } from '../../src/app/operate.ts';
import { systemClock as clock, systemEntropy as entropy } from '../../src/clock/system-clock.ts';
import { parseRunConfig } from '../../src/config/run-config.ts';
import { silentLog as log } from '../../src/telemetry/log.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'operate-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const KEY = `0x${'11'.repeat(32)}`;
const ADDRESS = `0x${'ab'.repeat(20)}`;
const FLAGS = {
  'settle-on-ethereum': true,
  'da-on-ethereum': true,
  'simulated-prover': true,
  'madara-rpc-url': 'http://127.0.0.1:1',
  'ethereum-rpc-url': 'http://127.0.0.1:1',
  'ethereum-private-key': KEY,
  'l1-core-contract-address': ADDRESS,
  'fact-registry-address': ADDRESS,
  'fact-registry-private-key': KEY.replaceAll('1', '2'),
};

/** Works until it is stopped, which is at once, with housekeeping that goes on until the gate opens. */
async function stopped(gracefulShutdownSeconds: string, gate: Promise<unknown>): Promise<void> {
  const config = parseRunConfig({ ...FLAGS, 'graceful-shutdown-timeout': gracefulShutdownSeconds }, {});
  await using resources = new AsyncDisposableStack();
  const infrastructure = await openEmbedded(folder, clock, entropy, log);
  resources.defer(() => infrastructure.close());
  const parked = Object.create(infrastructure.parked, { removeBefore: { value: () => gate } });
  await operate(
    config,
    {
      instance: 'one',
      infrastructure: { ...infrastructure, parked },
      handlers: {},
      chain: { head: async () => undefined, position: async () => -1 },
      clock,
      entropy,
      log,
      reconcileMs: 1_000,
    },
    AbortSignal.abort(),
  );
}

describe('a program that is stopped while it tidies up', () => {
  it('has ended that before it gives the database back', async () => {
    const gate = Promise.withResolvers<number>();
    let isTidy = false;
    setTimeout(() => {
      isTidy = true;
      gate.resolve(0);
    }, 200);
    await stopped('60', gate.promise);
    expect(isTidy).toBe(true);
  });

  it('waits no longer than for its jobs', async () => {
    const never = new Promise(() => undefined);
    await expect(stopped('0', never)).resolves.toBeUndefined();
  });
});
