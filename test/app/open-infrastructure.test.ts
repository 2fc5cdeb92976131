import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openInfrastructure } from '../../src/app/open-infrastructure.ts';
import { requireReady } from '../../src/app/preflight.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { embeddedInfrastructure } from '../../src/config/infrastructure-config.ts';
import { DATABASE_FILE_NAME } from '../../src/database/embedded/embedded-database.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';

const around = { clock: systemClock, entropy: systemEntropy, log: silentLog };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'infrastructure-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** SQLite takes its log away with the last connection. */
const isOpen = () => existsSync(join(folder, `${DATABASE_FILE_NAME}-wal`));

describe('an installation', () => {
  it('delivers wake-ups with the job when both are in one file', async () => {
    const { store, close } = await openInfrastructure(embeddedInfrastructure(folder), around);
    expect(await store.insert([sampleJob('SnosRun', 1, {})])).toEqual([{ kind: 'inserted', delivered: true }]);
    expect(isOpen()).toBe(true);
    await close();
    expect(isOpen()).toBe(false);
  });

  it('leaves wake-ups to the engine when the queues are elsewhere', async () => {
    const aws = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1', prefix: undefined };
    const queues = { kind: 'sqs', identifier: 'mo_{}_queue', older: undefined } as const;
    const { store, close } = await openInfrastructure({ ...embeddedInfrastructure(folder), aws, queues }, around);
    expect(await store.insert([sampleJob('SnosRun', 1, {})])).toEqual([{ kind: 'inserted', delivered: false }]);
    await close();
    expect(isOpen()).toBe(false);
  });

  it('is closed again when the last of its systems cannot be opened', async () => {
    const objects = { kind: 's3', identifier: 'bucket', keyPrefix: '../elsewhere' } as const;
    const aws = { region: 'eu-west-1', endpoint: undefined, prefix: undefined };
    const config = { ...embeddedInfrastructure(folder), aws, objects };
    await expect(openInfrastructure(config, around)).rejects.toMatchObject({ code: 'OBJECT_KEY_INVALID' });
    expect(existsSync(join(folder, DATABASE_FILE_NAME))).toBe(true);
    expect(isOpen()).toBe(false);
  });
});

describe('the checks before a start', () => {
  const fine = { name: 'a', state: 'ok', detail: 'there', hint: null } as const;
  const broken = { name: 'b', state: 'failed', detail: 'b is down.', hint: 'Start b.' } as const;

  it('let it go on when none failed', () => {
    expect(() =>
      requireReady([fine, { ...broken, state: 'warning' }, { ...broken, state: 'skipped' }], silentLog),
    ).not.toThrow();
  });

  it('tell all failures at once, each with its name and what to do', () => {
    expect(() => requireReady([broken, fine], silentLog)).toThrow(
      expect.objectContaining({ code: 'PREFLIGHT_FAILED', message: 'b: b is down. Start b.' }),
    );
    expect(() => requireReady([broken, fine, { ...broken, name: 'c', hint: null }], silentLog)).toThrow(
      expect.objectContaining({ message: '2 things are not ready:\nb: b is down. Start b.\nc: b is down.' }),
    );
  });
});
