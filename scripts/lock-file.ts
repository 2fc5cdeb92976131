import { platformOfName } from './platform-of-name.ts';

/** The parts of a `package-lock.json` (version 3) that matter here; everything else is carried through. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export interface LockEntry {
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface MissingOptional {
  readonly name: string;
  readonly range: string;
  /** True when only development dependencies want it. */
  readonly dev: boolean;
}

/**
 * Optional dependencies that some package of a lock names and for which the lock has no entry, in name order. `npm ci`
 * refuses such a lock. They appear when a registry does not carry the packages of other platforms: npm then leaves
 * them out.
 */
export function missingOptionals(lock: Lock): MissingOptional[] {
  const missing = new Map<string, MissingOptional>();
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (resolves(lock, path, name)) continue;
      const key = `${name}@${range}`;
      missing.set(key, { name, range, dev: entry.dev === true && (missing.get(key)?.dev ?? true) });
    }
  }
  return [...missing.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/**
 * The lock with an entry for each of {@link missingOptionals}. Fails when a range is no exact version, or when two
 * versions of one package would be needed: only npm can choose then.
 */
export function completedLock<T extends Lock>(lock: T): T {
  const packages: Record<string, LockEntry> = { ...lock.packages };
  for (const { name, range, dev } of missingOptionals(lock)) {
    const path = `node_modules/${name}`;
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(range)) throw new Error(`${name}: ${range} is not an exact version`);
    if (packages[path] !== undefined) throw new Error(`${name}: more than one version is needed`);
    const { os, cpu, libc } = platformOfName(name);
    const entry = { version: range, cpu, ...(dev ? { dev } : {}), ...(libc ? { libc } : {}), optional: true, os };
    packages[path] = entry;
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

/** Node's look-up: from the dependent's own folder outwards. */
function resolves(lock: Lock, from: string, name: string): boolean {
  for (let folder = from; ; ) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
    const parent = folder.lastIndexOf('/node_modules/');
    folder = parent < 0 ? '' : folder.slice(0, parent);
  }
}
