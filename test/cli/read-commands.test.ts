import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';
import { orchestrator } from './orchestrator-process.ts';

const failed = sampleJob('SnosRun', 8, { status: 'Failed', waiting_for: 'the parent hash does not fit' });

const IDENTITY = {
  starknetChainId: '0x1',
  settlementChainId: 'ethereum:31337',
  coreContract: `0x${'ab'.repeat(20)}`,
  schemaVersion: 1,
};

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'read-commands-'));
  const { store, queues, parked, close } = await openEmbedded(folder, systemClock, systemEntropy, silentLog);
  await store.insert([
    sampleJob('SnosRun', 7, { status: 'Completed' }),
    sampleJob('StateTransition', 7, { status: 'Completed' }),
    failed,
  ]);
  await queues.queue('worker_trigger').send([{ body: 'Snos', attributes: {}, delayMs: 0 }]);
  await parked.park({
    id: 'm-1',
    source_queue: 'snos_job_processing',
    body: 'not a job',
    attributes: {},
    reason: 'the body is no job message',
    job_id: null,
    parked_at: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  await store.claimIdentity(IDENTITY);
  await close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function answer(...args: string[]) {
  const { code, stdout, stderr } = await orchestrator([...args, '--data-dir', folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('the reading commands', () => {
  it('status shows position, jobs, queues and what is stuck', async () => {
    const text = await answer('status');
    expect(text).toContain('settled  up to block 7');
    expect(text).toContain('planned  up to block 8');
    expect(text).toMatch(/SnosRun +Failed +1/);
    expect(text).toMatch(/worker_trigger +1 +0 +0/);
    expect(text).toContain(`! SnosRun of block 8 is Failed: the parent hash does not fit (${failed.id})`);
    expect(JSON.parse(await answer('status', '--json'))).toMatchObject({
      identity: { settlementChainId: 'ethereum:31337' },
      settledBlock: 7,
      stuck: [{ id: failed.id, block: 8 }],
    });
  });

  it('parked messages are counted and listed', async () => {
    expect(await answer('status')).toContain(
      '! 1 message(s) could not be delivered or read: "orchestrator jobs parked"',
    );
    expect(await answer('jobs', 'parked')).toMatch(
      /2026-01-02 03:04:05\S* +snos_job_processing +- +the body is no job message/,
    );
    expect(JSON.parse(await answer('jobs', 'parked', '--json', '--limit', '1'))).toMatchObject([
      { id: 'm-1', body: 'not a job', job_id: null },
    ]);
  });

  it('jobs list filters', async () => {
    expect(JSON.parse(await answer('jobs', 'list', '--status', 'Failed', '--json'))).toMatchObject([{ id: failed.id }]);
    expect(await answer('jobs', 'list', '--type', 'StateTransition')).toMatch(/7 +StateTransition +Completed/);
    expect(await answer('jobs', 'list', '--from', '9')).toBe('No jobs.\n');
  });

  it('explain says why', async () => {
    expect(await answer('explain', '8')).toBe(
      `Block 8 is in SnosRun, Failed: the parent hash does not fit. It stays so until "orchestrator jobs retry ${failed.id}".\n`,
    );
    expect(JSON.parse(await answer('explain', '7', '--json'))).toMatchObject({ block: 7, state: 'settled' });
  });

  it('jobs show names a job by id or by type and block; retry frees it, once', async () => {
    expect(JSON.parse(await answer('jobs', 'show', failed.id, '--json'))).toMatchObject({ internal_id: 8 });
    expect(await answer('jobs', 'retry', 'snosrun:8', '--by', 'alice')).toBe('SnosRun of block 8 is PendingRetry.\n');
    expect(await answer('jobs', 'show', 'SnosRun:8')).toMatch(/retry +Failed -> PendingRetry.*\(alice\)/);
    const again = await orchestrator(['jobs', 'retry', failed.id, '--data-dir', folder]);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is PendingRetry; only Failed and VerificationTimeout jobs can be retried.');
  });

  it('a job that is not there is said so', async () => {
    const { code, stderr } = await orchestrator(['jobs', 'show', 'SnosRun:99', '--data-dir', folder]);
    expect(stderr).toContain('There is no job SnosRun:99.');
    expect(code).toBe(2);
  });
});

describe('status of an installation that has settled nothing', () => {
  it.each([
    [2, 'settled  up to block 2, before this installation\n'],
    [-1, 'settled  no block yet\n'],
    // Of a release that did not write it down.
    [undefined, 'settled  none by this installation; the contract knows the position (see doctor)\n'],
  ])('begun at position %s', async (positionAtStart, line) => {
    const young = mkdtempSync(join(tmpdir(), 'read-commands-'));
    try {
      const { store, close } = await openEmbedded(young, systemClock, systemEntropy, silentLog);
      await store.claimIdentity({ ...IDENTITY, ...(positionAtStart !== undefined && { positionAtStart }) });
      await close();
      const { stdout } = await orchestrator(['status', '--data-dir', young]);
      expect(stdout).toContain(line);
    } finally {
      rmSync(young, { recursive: true });
    }
  });
});
