import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { DATABASE_FILE_NAME, EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedIntentStore } from '../../src/database/embedded/embedded-intent-store.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedLockStore } from '../../src/database/embedded/embedded-lock-store.ts';
import { EmbeddedParkedMessageStore } from '../../src/database/embedded/embedded-parked-message-store.ts';
import { JOB_STATUSES } from '../../src/jobs/job.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { leased, sampleJob } from '../conformance/sample-jobs.ts';

/** Tables that stay small whatever happens: one row for each word, lock or job type. */
const SMALL = /^SCAN (completed_counts|identity|CONSTANT ROW|selected|\(subquery-\d+\))/;

/** Every statement that the embedded stores ran, found by running them, and the engine's plan for it. */
let plans: Map<string, string[]>;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plans-'));
  const prepare = jest.spyOn(DatabaseSync.prototype, 'prepare');
  const database = EmbeddedDatabase.open({ directory, clock: systemClock, entropy: systemEntropy });
  prepare.mockClear();
  await exercise(database);
  const statements = new Set(prepare.mock.calls.map(([sql]) => sql));
  prepare.mockRestore();
  await database.close();
  const file = new DatabaseSync(join(directory, DATABASE_FILE_NAME));
  plans = new Map(
    [...statements]
      .filter((sql) => /^\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b/.test(sql))
      .map((sql) => [
        sql,
        file
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map((row) => String(row.detail)),
      ]),
  );
  file.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

async function exercise(database: EmbeddedDatabase): Promise<void> {
  const jobs = new EmbeddedJobStore(database);
  const job = sampleJob('SnosRun', 7);
  await jobs.insert([job]);
  await jobs.commit({ expected: { version: 0, leaseToken: null }, job: leased(job, 1) });
  await jobs.get(job.id);
  await jobs.find('SnosRun', 7);
  await jobs.latest('SnosRun');
  await jobs.latest('SnosRun', 'Completed');
  await jobs.list({ limit: 10 });
  await jobs.list({ types: ['SnosRun'], statuses: JOB_STATUSES, from: 1, to: 9, order: 'descending', limit: 10 });
  await jobs.due(1, 10);
  await jobs.counts();
  await jobs.identity();

  const queue = new EmbeddedQueues(database).queue('snos_job_processing');
  await queue.send([{ body: 'a', attributes: {}, delayMs: 0 }]);
  const [message] = await queue.receive({ max: 1, visibilityMs: 1_000, waitMs: 0 });
  await queue.setVisibility(message?.receipt ?? '', 2_000);
  await queue.depth();
  await queue.delete([message?.receipt ?? '']);

  const intents = new EmbeddedIntentStore(database);
  await intents.get('a');
  await intents.list({ first: 1, last: 2 });

  const locks = new EmbeddedLockStore(database);
  await locks.acquire('a', 'one', 1_000);
  await locks.release('a', 'one');
  await locks.removeClaims(1, 10);

  const parked = new EmbeddedParkedMessageStore(database);
  await parked.list(10);
  await parked.removeBefore(1, 10);
}

describe('the plans of the embedded stores', () => {
  it('are those of all their statements', () => {
    expect(plans.size).toBeGreaterThan(18);
    for (const table of ['jobs', 'messages', 'intents', 'locks', 'parked_messages'])
      expect([...plans.keys()].some((sql) => sql.includes(table))).toBe(true);
  });

  it('walk through no table', () => {
    const walks = [...plans].flatMap(([sql, steps]) =>
      steps
        .filter((step) => step.startsWith('SCAN ') && !step.includes('USING') && !SMALL.test(step))
        .map((step) => `${step}: ${sql}`),
    );
    expect(walks).toEqual([]);
  });

  it('find claims to remove by their own index, past no other lock', () => {
    const [, steps] = [...plans].find(([sql]) => sql.startsWith('DELETE FROM locks')) ?? [];
    expect(steps).toContainEqual(expect.stringMatching(/^SEARCH locks USING INDEX claims_by_expiry \(expires_at<\?\)/));
  });

  it('sort no more than what a limit or a range of blocks has let through', () => {
    const sorts = [...plans].flatMap(([sql, steps]) =>
      steps.some((step) => step.includes('TEMP B-TREE')) && !/\bLIMIT \?|\bfirst_block BETWEEN/.test(sql) ? [sql] : [],
    );
    expect(sorts).toEqual([]);
  });
});
