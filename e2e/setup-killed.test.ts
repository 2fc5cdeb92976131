import { beforeAll, describe, expect, it } from '@jest/globals';
import { awsState, NOTHING } from './support/aws-state.ts';
import { awsServices } from './support/services/services.ts';
import { setupConfig } from './support/setup-config.ts';
import { CREDENTIALS, newPrefix, type Place, runCommand, runKilled, tally } from './support/setup-runs.ts';

let access: Place;

beforeAll(async () => {
  Object.assign(process.env, CREDENTIALS);
  access = await awsServices();
});

const { eventBridge } = setupConfig({ region: '', endpoint: undefined }, '');
/** With all kinds of resources. */
const SCHEDULES = { eventBridge: { ...eventBridge, kind: 'schedule' } } as const;
const BUCKET_ONLY = { wanted: { storage: true, queues: false, alerts: false, cron: false } };

/** A state in which the names of two installations are the same. */
const anonymous = (state: unknown, prefix: string): unknown =>
  JSON.parse(JSON.stringify(state).replaceAll(prefix, 'PREFIX'));

describe('a setup that is killed', () => {
  it.each([
    { at: 1, when: 'before' },
    { at: 2, when: 'after' },
    { at: 8, when: 'after' },
    { at: 14, when: 'after' },
    { at: 19, when: 'before' },
  ] as const)('ends in the same state after another run: killed $when changing call $at', async ({ at, when }) => {
    const [killed, whole] = [newPrefix(), newPrefix()];
    expect(await runKilled(access, 'setup', killed, SCHEDULES, at, when)).toBe(137);
    const partly = await awsState(access, killed);
    expect((await runCommand(access, 'setup', killed, SCHEDULES)).code).toBe(0);
    expect((await runCommand(access, 'setup', whole, SCHEDULES)).code).toBe(0);
    const wanted = anonymous(await awsState(access, whole), whole);
    expect(anonymous(partly, killed)).not.toEqual(wanted);
    expect(anonymous(await awsState(access, killed), killed)).toEqual(wanted);

    const there = await awsState(access, killed);
    expect(await runKilled(access, 'teardown', killed, SCHEDULES, Math.min(at, 17), when)).toBe(137);
    if (at > 1) expect(await awsState(access, killed)).not.toEqual(there);
    expect((await runCommand(access, 'teardown', killed, SCHEDULES)).code).toBe(0);
    expect(await awsState(access, killed)).toEqual(NOTHING);
    expect((await runCommand(access, 'teardown', whole, SCHEDULES)).code).toBe(0);
  });

  it('is finished as its own where the bucket was made and nothing else', async () => {
    const prefix = newPrefix();
    expect(await runKilled(access, 'setup', prefix, BUCKET_ONLY, 2, 'before')).toBe(137);
    const bucket = (await awsState(access, prefix)).buckets[`${prefix}-mo-bucket`];
    expect(bucket).toEqual({ tags: expect.anything(), rules: undefined, publicAccess: expect.anything() });
    expect(tally(await runCommand(access, 'setup', prefix, BUCKET_ONLY))).toEqual({ updated: 1 });
    expect(tally(await runCommand(access, 'teardown', prefix, BUCKET_ONLY))).toEqual({ removed: 1 });
  });
});
