import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const START = new URL('../../src/app/run.ts', import.meta.url).href;
/** Prints the packages that a module loads, its own imports' imports included. */
const PACKAGES = `
  import { registerHooks } from 'node:module';
  const seen = new Set();
  registerHooks({
    resolve: (specifier, context, next) => {
      if (/^[@a-z]/.test(specifier) && !specifier.includes(':')) seen.add(specifier);
      return next(specifier, context);
    },
  });
  await import('${START}');
  console.log([...seen].join('\\n'));
  process.exit(0);
`;

describe('a start without AWS and MongoDB', () => {
  it('loads neither the SDK nor the driver', () => {
    const args = ['--no-warnings', '--input-type=module', '--eval', PACKAGES];
    const packages = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
    expect(packages).toContain('viem');
    expect(packages.filter((name) => /^(@aws-sdk|@smithy|mongodb)/.test(name))).toEqual([]);
  });
});
