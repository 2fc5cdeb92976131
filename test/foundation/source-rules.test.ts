import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { sourceFaults } from './source-rules.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

describe('source files', () => {
  const paths = globSync('{src,test,e2e,bench,scripts}/**/*.ts', { cwd: project });

  it('are there to be looked at', () => {
    expect(paths.length).toBeGreaterThan(50);
  });

  it('in src keep the rules', () => {
    const faults = paths
      .filter((path) => path.startsWith('src/'))
      .flatMap((path) => sourceFaults(path, readFileSync(`${project}/${path}`, 'utf8')));
    expect(faults).toEqual([]);
  });

  it('everywhere have names that say what is inside', () => {
    expect(paths.flatMap((path) => sourceFaults(path, '')).filter((fault) => fault.includes('name'))).toEqual([]);
  });
});

describe('the rules refuse', () => {
  it.each([
    ['Date.now()', 'Date.now'],
    ['new Date()', 'new Date()'],
    ['Math.random()', 'Math.random'],
    ['const home = process.env.HOME', 'process.env'],
    ['setTimeout(() => undefined, 1)', 'setTimeout'],
    ['setInterval(() => undefined, 1)', 'setInterval'],
    [`import { setTimeout as wait } from 'node:timers/promises'`, 'node:timers/promises'],
  ])('%s in the engine, not in the composition', (code, name) => {
    expect(sourceFaults('src/jobs/engine.ts', `\n${code};`)).toEqual([
      `src/jobs/engine.ts:2: ${name} must come in as an argument`,
    ]);
    expect(sourceFaults('src/app/run.ts', code)).toEqual([]);
  });

  it('vague names', () => {
    expect(sourceFaults('src/jobs/utils.ts', '')).toHaveLength(1);
    expect(sourceFaults('src/common/job.ts', '')).toHaveLength(1);
    expect(sourceFaults('src/jobs/commitment.ts', '')).toEqual([]);
  });

  it('files about more than one thing', () => {
    expect(sourceFaults('src/app/run.ts', '\n'.repeat(351))).toHaveLength(1);
    expect(sourceFaults('src/app/run.ts', '\n'.repeat(350))).toEqual([]);
  });

  it('but not an instant that is given', () => {
    expect(sourceFaults('src/jobs/engine.ts', 'new Date(clock.now()); clock.setTimeout(); // Date.now()')).toEqual([]);
  });
});
