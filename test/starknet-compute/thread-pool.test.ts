import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ThreadPool } from '../../src/starknet/compute/thread-pool.ts';
import { expectCode } from '../starknet/expect-code.ts';

interface Echo {
  readonly said: string;
  readonly answers: number;
}

const file = new URL('./echo-worker.ts', import.meta.url);
const pools: ThreadPool<string, Echo>[] = [];

function pool(threads: number): ThreadPool<string, Echo> {
  const made = new ThreadPool<string, Echo>({ file, name: 'echo', threads });
  pools.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((each) => each.close()));
});

describe('a pool of threads', () => {
  it('keeps its threads', async () => {
    const echo = pool(1);
    expect(await echo.run('a')).toEqual({ said: 'a', answers: 1 });
    expect(await echo.run('b')).toEqual({ said: 'b', answers: 2 });
  });

  it('uses several for requests at the same time, and no more than it may', async () => {
    const echo = pool(2);
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => echo.run(String(i))));
    expect(answers.map(({ said }) => said)).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(answers.filter(({ answers: count }) => count === 1).length).toBeLessThanOrEqual(2);
    expect(answers.filter(({ answers: count }) => count === 1).length).toBeGreaterThan(0);
  });

  it('starts no further thread before the last one has answered', async () => {
    const echo = pool(4);
    const answers = await Promise.all(['a', 'b'].map((said) => echo.run(said)));
    expect(answers.map(({ answers: count }) => count)).toEqual([1, 2]);
  });

  it.each([
    ['die', 'exit code 7'],
    ['throw', 'as it was told'],
  ])('replaces a thread that ends (%s), and fails its request alone', async (word, why) => {
    const echo = pool(1);
    const before = echo.run('before');
    const dies = expectCode('PROCESS_FAILED', 'a thread of echo ended', () => echo.run(word));
    const after = echo.run('after');
    expect(await before).toEqual({ said: 'before', answers: 1 });
    const error = await dies;
    expect(error.retry).toBe('transient');
    expect(String(error.cause)).toContain(why);
    expect(await after).toEqual({ said: 'after', answers: 1 });
  });

  it('fails what waits when it is closed', async () => {
    const echo = pool(1);
    const open = ['a', 'b'].map((said) => expectCode('PROCESS_FAILED', 'a thread of', () => echo.run(said)));
    await echo.close();
    await Promise.all(open);
  });

  it('does not keep a process alive that has nothing left to compute', () => {
    const module = new URL('../../src/starknet/compute/thread-pool.ts', import.meta.url);
    const script = `
      import { ThreadPool } from ${JSON.stringify(module.href)};
      const pool = new ThreadPool({ file: new URL(${JSON.stringify(file.href)}), name: 'echo', threads: 2 });
      console.log((await pool.run('last words')).said);`;
    const ended = spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status: 0, stdout: 'last words\n' });
  });
});
