import { mkdir, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';
import { VirtualClock } from '../virtual-clock.ts';

describe('EmbeddedDatabase', () => {
  let directory: string;
  let file: string;
  const opened: EmbeddedDatabase[] = [];

  const openDatabase = (at: string = directory, clock: Clock = systemClock): EmbeddedDatabase => {
    const database = EmbeddedDatabase.open({ directory: at, clock, entropy: systemEntropy });
    opened.push(database);
    return database;
  };
  const failureOf = (action: () => unknown): unknown => {
    try {
      action();
    } catch (error) {
      return error;
    }
    throw new Error('it did not fail');
  };
  const asOtherProgram = (statements: string): void => {
    const other = new DatabaseSync(file);
    other.exec(statements);
    other.close();
  };
  const schemaVersion = (): unknown => {
    const other = new DatabaseSync(file);
    const version = other.prepare('PRAGMA user_version').get()?.user_version;
    other.close();
    return version;
  };
  const fill = async (jobs: number): Promise<void> => {
    const database = openDatabase();
    await new EmbeddedJobStore(database).insert(
      Array.from({ length: jobs }, (_, block) => sampleJob('SnosRun', block)),
    );
    await database.close();
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'database-'));
    file = join(directory, 'orchestrator.db');
  });
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await rm(directory, { recursive: true });
  });

  describe('opening', () => {
    it('makes the directory and finds its data again', async () => {
      const deeper = join(directory, 'new', 'deeper');
      const job = sampleJob('SnosRun', 1);
      const first = openDatabase(deeper);
      await new EmbeddedJobStore(first).insert([job]);
      await first.close();
      expect(await new EmbeddedJobStore(openDatabase(deeper)).get(job.id)).toEqual(job);
    });

    it('names a file that is not a database and says what to do', async () => {
      await writeFile(file, 'this is no database, whatever its name says'.repeat(100));
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'DATABASE_CORRUPT',
        retry: 'permanent',
        message: expect.stringContaining(file),
        hint: expect.stringContaining('restore a copy'),
      });
    });

    it.each([
      ['overwritten in the middle', async () => overwrite(file, 3 * 4096, 6 * 4096)],
      ['cut off', async () => truncate(file, 5 * 4096 + 100)],
    ])('finds a database that was %s', async (_, damage) => {
      await fill(200);
      await damage();
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'DATABASE_CORRUPT',
        message: expect.stringContaining(file),
      });
    });

    it('refuses a newer schema, and leaves the file as it is', async () => {
      await fill(1);
      const known = schemaVersion();
      asOtherProgram('PRAGMA user_version = 99');
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'SCHEMA_UNSUPPORTED',
        context: { path: file, found: 99 },
      });
      asOtherProgram(`PRAGMA user_version = ${known}`);
      await expect(new EmbeddedJobStore(openDatabase()).find('SnosRun', 0)).resolves.toBeDefined();
    });

    it('refuses the database of another program', () => {
      asOtherProgram('CREATE TABLE jobs (id TEXT)');
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'SCHEMA_UNSUPPORTED',
        message: expect.stringContaining('another program'),
      });
    });

    it.each([
      ['none', "json_remove(document, '$.schema_version')"],
      ['2', "json_set(document, '$.schema_version', 2)"],
    ])('refuses documents whose schema version is %s', async (found, change) => {
      await fill(3);
      asOtherProgram(`UPDATE jobs SET document = ${change}`);
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'SCHEMA_UNSUPPORTED',
        message: expect.stringContaining(`schema ${found}`),
      });
    });

    it('names a directory that cannot be used', async () => {
      const inTheWay = join(directory, 'file');
      await writeFile(inTheWay, '');
      expect(failureOf(() => openDatabase(inTheWay))).toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        retry: 'dependency-down',
        message: expect.stringContaining(inTheWay),
        hint: expect.any(String),
      });
    });

    it('names a file that cannot be opened', async () => {
      await mkdir(file);
      expect(failureOf(() => openDatabase())).toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        message: expect.stringContaining(file),
      });
    });
  });

  describe('writing', () => {
    const INSERT = 'INSERT INTO locks (key, owner, token, expires_at) VALUES (?, ?, 1, 0)';
    const lockKeys = (database: EmbeddedDatabase): Promise<unknown[]> =>
      database.read(() =>
        database
          .statement('SELECT key FROM locks ORDER BY key')
          .all()
          .map((row) => row.key),
      );

    it('carries everything that was submitted in one turn in one commit', async () => {
      const database = openDatabase();
      const before = database.stats();
      await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          database.write(() => database.statement(INSERT).run(`k${index}`, 'a')),
        ),
      );
      const after = database.stats();
      expect(after.writes - before.writes).toBe(100);
      expect(after.commits - before.commits).toBe(1);
    });

    it('lets a write that fails fail alone', async () => {
      const database = openDatabase();
      const announced: string[] = [];
      const insert = (key: string, broken = false): Promise<string> =>
        database.write((commit) => {
          commit.afterCommit(() => announced.push(key));
          database.statement(INSERT).run(key, 'a');
          if (broken) throw new Error(`${key} is broken`);
          return key;
        });
      const outcomes = await Promise.allSettled([insert('a'), insert('b', true), insert('a'), insert('c')]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({ reason: { message: 'b is broken' } });
      expect(outcomes[2]).toMatchObject({ reason: { code: 'DATABASE_UNAVAILABLE', retry: 'transient' } });
      expect(await lockKeys(database)).toEqual(['a', 'c']);
      expect(announced).toEqual(['a', 'c']);
    });

    it('lets a write that fails fail alone although another process takes the lock while it is rolled back', async () => {
      const database = openDatabase();
      const other = new DatabaseSync(file);
      const rollBack = jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (
        this: DatabaseSync,
        sql: string,
      ) {
        this.prepare(sql).run();
        if (sql !== 'ROLLBACK') return;
        rollBack.mockRestore();
        other.exec('BEGIN IMMEDIATE');
      });
      const insert = (key: string): Promise<unknown> =>
        database.write(() => database.statement(INSERT).run(key, 'a').changes);
      const broken = database.write(() => {
        throw new Error('this one is broken');
      });
      let answered = false;
      const outcomes = Promise.allSettled([insert('a'), broken, insert('b')]).finally(() => {
        answered = true;
      });
      while (database.stats().busy < 3 && !answered) await new Promise<void>((resolve) => setImmediate(resolve));
      const later = insert('c');
      other.exec('COMMIT');
      other.close();
      expect(await outcomes).toEqual([
        { status: 'fulfilled', value: 1 },
        { status: 'rejected', reason: expect.objectContaining({ message: 'this one is broken' }) },
        { status: 'fulfilled', value: 1 },
      ]);
      expect(await later).toBe(1);
      expect(await lockKeys(database)).toEqual(['a', 'b', 'c']);
    });

    it('answers every write of a batch that cannot even be rolled back, and goes on afterwards', async () => {
      const database = openDatabase();
      const exec = jest.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(() => {
        throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
      });
      const outcomes = await Promise.allSettled([
        database.write(() => database.statement(INSERT).run('a', 'a')),
        database.write(() => {
          throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
        }),
      ]);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ reason: { code: 'DATABASE_UNAVAILABLE', context: { sqlite: 13 } } });
      const refused = database.write(() => {
        throw new Error('broken');
      });
      await expect(refused).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', context: { sqlite: 10 } });
      exec.mockRestore();
      await database.write(() => database.statement(INSERT).run('later', 'a'));
      expect(await lockKeys(database)).toEqual(['later']);
    });

    it('waits for the lock of another process without stopping the event loop', async () => {
      const database = openDatabase();
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      let written = false;
      const writing = database
        .write(() => database.statement(INSERT).run('k', 'a'))
        .then(() => {
          written = true;
        });
      while (database.stats().busy < 3) await new Promise<void>((resolve) => setImmediate(resolve));
      expect(written).toBe(false);
      expect(await lockKeys(database)).toEqual([]);
      other.exec('COMMIT');
      other.close();
      await writing;
      expect(await lockKeys(database)).toEqual(['k']);
    });

    it('gives a write up when the lock is held for half a minute, and goes on afterwards', async () => {
      const clock = new VirtualClock();
      const database = openDatabase(directory, clock);
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      const failure = database.write(() => database.statement(INSERT).run('k', 'a')).catch((error: unknown) => error);
      await clock.advance(31_000);
      expect(await failure).toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        retry: 'dependency-down',
        dependency: 'database',
      });
      other.exec('COMMIT');
      other.close();
      await database.write(() => database.statement(INSERT).run('later', 'a'));
      expect(await lockKeys(database)).toEqual(['later']);
    });

    it('closes within two seconds although another process holds the lock, and answers what is pending', async () => {
      const clock = new VirtualClock();
      const database = openDatabase(directory, clock);
      const other = new DatabaseSync(file);
      other.exec('BEGIN IMMEDIATE');
      const failure = database.write(() => database.statement(INSERT).run('k', 'a')).catch((error: unknown) => error);
      await clock.advance(1_000);
      const closing = database.close();
      await clock.advance(2_200);
      await closing;
      expect(await failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retry: 'dependency-down' });
      other.exec('COMMIT');
      other.close();
    });

    it('tells a full disk as such, loses nothing, and goes on when there is room', async () => {
      const database = openDatabase();
      const store = new EmbeddedJobStore(database);
      const kept = sampleJob('SnosRun', 0);
      await store.insert([kept]);
      const pages = Number(database.statement('PRAGMA page_count').get()?.page_count);
      database.statement(`PRAGMA max_page_count = ${pages + 2}`).get();
      const many = Array.from({ length: 100 }, (_, block) => sampleJob('ProofCreation', block));
      await expect(store.insert(many)).rejects.toMatchObject({
        code: 'DATABASE_UNAVAILABLE',
        retry: 'dependency-down',
        context: { path: file },
        hint: expect.stringContaining('Free space'),
      });
      expect(await store.list({ limit: 1_000 })).toEqual([kept]);
      database.statement('PRAGMA max_page_count = 1000000').get();
      await store.insert(many);
      expect(await store.list({ limit: 1_000 })).toHaveLength(101);
    });

    it('answers what was submitted before closing and refuses what comes after', async () => {
      const database = openDatabase();
      const writing = database.write(() => database.statement(INSERT).run('k', 'a'));
      const closing = database.close();
      await expect(database.write(() => undefined)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      await writing;
      await closing;
      expect(await lockKeys(openDatabase())).toEqual(['k']);
    });
  });

  it('walks through no finished job for any query of the engine', async () => {
    const database = openDatabase();
    const plans: string[] = [];
    const statement = database.statement.bind(database);
    const bound = /\?/g;
    database.statement = (sql) => {
      const parameters = [...sql.matchAll(bound)].map(() => 1);
      const named = /:now|:queue/.test(sql) ? [{ now: 1, queue: 'x' }] : parameters;
      if (/^(SELECT|WITH|UPDATE|DELETE)/.test(sql)) {
        const rows = (statement(`EXPLAIN QUERY PLAN ${sql}`).all as (...given: unknown[]) => Record<string, unknown>[])(
          ...named,
        );
        plans.push(...rows.map((row) => `${row.detail} in ${sql}`));
      }
      return statement(sql);
    };
    const queues = new EmbeddedQueues(database);
    const queue = queues.queue('worker_trigger');
    const store = new EmbeddedJobStore(database);
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    await store.commit({ expected: { version: 0, leaseToken: null }, job: { ...job, version: 1 } });
    await store.get(job.id);
    await store.find('SnosRun', 1);
    await store.latest('SnosRun');
    await store.latest('SnosRun', 'Completed');
    await store.list({ limit: 5, from: 3 });
    await store.list({ limit: 5, statuses: ['Created', 'Failed'], order: 'descending' });
    await store.due(0, 5);
    await store.counts();
    await queue.send([{ body: '', attributes: {}, delayMs: 0 }]);
    const [received] = await queue.receive({ max: 1, visibilityMs: 1_000, waitMs: 0 });
    await queue.setVisibility(received?.receipt ?? '', 1_000);
    await queue.delete([received?.receipt ?? '']);
    await queue.depth();
    expect(plans.length).toBeGreaterThan(15);
    const byStatus = plans.filter((plan) => /^SEARCH jobs .* in (SELECT|WITH).*status (=|IN) /s.test(plan));
    expect(byStatus.length).toBeGreaterThan(3);
    for (const plan of byStatus)
      expect(plan).toMatch(
        /^SEARCH jobs USING (COVERING )?INDEX jobs_by_status \(job_type=\? AND status=\?|INTEGER PRIMARY KEY/,
      );
    expect(
      plans.filter((plan) => /^SCAN (jobs|messages)|TEMP B-TREE FOR ORDER BY in SELECT document/.test(plan)),
    ).toEqual([]);
  });
});

async function overwrite(path: string, from: number, to: number): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write(Buffer.alloc(to - from, 0x5a), 0, to - from, from);
  await handle.close();
}
