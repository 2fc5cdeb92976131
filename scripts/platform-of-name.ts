/**
 * Platform of a prebuilt binary's package, read off its name: npm packages build such names from Node's own
 * `process.platform` and `process.arch` values, with few exceptions that are mapped here.
 */

export interface Platform {
  readonly os: readonly [string];
  readonly cpu: readonly [string];
  /** `glibc` or `musl`, where the name says one. */
  readonly libc?: readonly [string];
}

const OS = new Map([
  ['android', 'android'],
  ['darwin', 'darwin'],
  ['freebsd', 'freebsd'],
  ['linux', 'linux'],
  ['openharmony', 'openharmony'],
  ['win', 'win32'],
  ['win32', 'win32'],
]);

const CPU = new Map([
  ['amd64', 'x64'],
  ['arm', 'arm'],
  ['arm64', 'arm64'],
  ['ia32', 'ia32'],
  ['loong64', 'loong64'],
  ['ppc64', 'ppc64'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
  ['x64', 'x64'],
]);

const LIBC = new Map([
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
]);

/** Fails when the name (for example `@swc/core-win32-x64-msvc`) does not say both system and processor. */
export function platformOfName(name: string): Platform {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = firstOf(OS, words);
  const cpu = firstOf(CPU, words);
  if (os === undefined || cpu === undefined) {
    throw new Error(`cannot tell the platform of the optional package ${name} from its name`);
  }
  const libc = os === 'linux' ? firstOf(LIBC, words) : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined ? {} : { libc: [libc] }) };
}

function firstOf(values: ReadonlyMap<string, string>, words: readonly string[]): string | undefined {
  return words.map((word) => values.get(word)).find((value) => value !== undefined);
}
