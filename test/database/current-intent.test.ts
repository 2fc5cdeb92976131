import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from '@jest/globals';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { DATABASE_FILE_NAME, EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedIntentStore } from '../../src/database/embedded/embedded-intent-store.ts';
import { intentOf, variant } from '../jobs/fakes/fake-settlement.ts';

it('an intent from the time when one key signed all variants is read in its present form and can be changed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'intents-'));
  const database = EmbeddedDatabase.open({ directory, clock: systemClock, entropy: systemEntropy });
  try {
    const store = new EmbeddedIntentStore(database);
    const signer = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
    const present = {
      ...intentOf('job:5:state-update', [variant({ hash: '0x1', signer }), variant({ hash: '0x2', signer })]),
      chain: 'ethereum:31337',
    };
    await store.putIfAbsent(present);
    const { chain, ...rest } = present;
    const variants = rest.variants.map(({ signer: _, ...each }) => each);
    const earlier = { ...rest, variants, signer: `${chain}:${signer}` };
    const other = new DatabaseSync(join(directory, DATABASE_FILE_NAME));
    other.prepare('UPDATE intents SET document = ?').run(JSON.stringify(earlier));
    other.close();

    expect(await store.get(present.key)).toEqual(present);
    expect(await store.putIfAbsent({ ...present, chain: 'another' })).toEqual({ created: false, intent: present });
    expect(await store.list({ first: 0, last: 1000 })).toEqual([present]);
    const changed = { ...present, state: 'mined' as const, version: present.version + 1 };
    expect(await store.replace(changed)).toBe(true);
    expect(await store.get(present.key)).toEqual(changed);
  } finally {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  }
});
