import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../felt.ts';
import type { StateUpdate } from '../state-update.ts';
import { ascending, sortStateUpdate } from '../state-update-order.ts';
import { ALIAS_CONTRACT } from '../system-contracts.ts';

/*
 * Stateful compression, Starknet 0.13.4 and later: contract 0x2 gives contract addresses and storage keys short numbers, and
 * what is published names them by these. Numbers below 128 stand for themselves. Contracts with such an address keep
 * their storage keys too. Class hashes, values and nonces stay.
 */

/** Least alias; smaller addresses and keys stand for themselves. */
const FIRST_ALIAS = 0x80n;

/** Aliases by what they stand for, or the other way round. */
export type AliasTable = ReadonlyMap<bigint, bigint>;

/**
 * Addresses and storage keys, ascending, whose alias an update needs and does not assign itself: keys of contract 0x2
 * to look up at the block before the update's first.
 */
export function aliasLookups(update: StateUpdate): bigint[] {
  const assigned = assignedAliases(update);
  return [...namesOf(update)].filter((name) => !assigned.has(name)).sort(ascending);
}

/**
 * Alias of every address and key that the update needs one for.
 *
 * @param before storage of contract 0x2 at the block before the update's first, at the keys of {@link aliasLookups}
 * @throws OrchestratorError ALIAS_MISSING for a name without alias (0 included) and for a number that is none, WORDS_INVALID
 *   when two names have the same one
 */
export function aliasesOf(update: StateUpdate, before: AliasTable): AliasTable {
  const assigned = assignedAliases(update);
  const aliases = new Map<bigint, bigint>();
  const used = new Map<bigint, bigint>();
  for (const name of namesOf(update)) {
    const alias = assigned.get(name) ?? before.get(name);
    if (alias === undefined || alias < FIRST_ALIAS) throw missingAlias(name, alias);
    const other = used.get(alias);
    if (other !== undefined) {
      throw new OrchestratorError(
        'WORDS_INVALID',
        `contract 0x2 gives ${feltToHex(name)} and ${feltToHex(other)} the same alias ${feltToHex(alias)}`,
        { context: { alias: feltToHex(alias) } },
      );
    }
    used.set(alias, name);
    aliases.set(name, alias);
  }
  return aliases;
}

/**
 * The update with addresses and storage keys replaced by their aliases, in the order of these.
 *
 * @param aliases what {@link aliasesOf} gives for this update
 * @throws OrchestratorError ALIAS_MISSING for an address or key that is not in the table
 */
export function aliasStateUpdate(update: StateUpdate, aliases: AliasTable): StateUpdate {
  return renamed(update, (name) => aliases.get(name) ?? throwMissing(name));
}

/**
 * Inverse of {@link aliasStateUpdate}.
 *
 * @param names what each alias stands for; those that the update itself assigns need not be there
 * @throws OrchestratorError ALIAS_MISSING for an alias that stands for nothing
 */
export function unaliasStateUpdate(aliased: StateUpdate, names: AliasTable): StateUpdate {
  const assigned = reverseAliases(assignedAliases(aliased));
  return renamed(aliased, (alias) => {
    const name = assigned.get(alias) ?? names.get(alias);
    if (name === undefined) {
      throw new OrchestratorError('ALIAS_MISSING', `nothing is known that has the alias ${feltToHex(alias)}`, {
        context: { alias: feltToHex(alias) },
      });
    }
    return name;
  });
}

/** What each alias stands for. */
export function reverseAliases(aliases: AliasTable): AliasTable {
  return new Map([...aliases].map(([name, alias]) => [alias, name]));
}

/** Aliases that an update assigns; the keys of contract 0x2 that need no alias are its bookkeeping. */
function assignedAliases(update: StateUpdate): AliasTable {
  const entries = update.stateDiff.storageDiffs.find(({ address }) => address === ALIAS_CONTRACT)?.entries ?? [];
  return new Map(entries.filter(({ key }) => key >= FIRST_ALIAS).map(({ key, value }) => [key, value]));
}

function namesOf({ stateDiff }: StateUpdate): Set<bigint> {
  const names = new Set<bigint>();
  const add = (name: bigint) => {
    if (name >= FIRST_ALIAS) names.add(name);
  };
  for (const { address, entries } of stateDiff.storageDiffs) {
    add(address);
    if (address >= FIRST_ALIAS) for (const { key } of entries) add(key);
  }
  for (const { address } of stateDiff.nonces) add(address);
  for (const { address } of stateDiff.deployedContracts) add(address);
  for (const { address } of stateDiff.replacedClasses) add(address);
  return names;
}

function renamed(update: StateUpdate, rename: (name: bigint) => bigint): StateUpdate {
  const of = (name: bigint) => (name < FIRST_ALIAS ? name : rename(name));
  const diff = update.stateDiff;
  return sortStateUpdate({
    ...update,
    stateDiff: {
      ...diff,
      storageDiffs: diff.storageDiffs.map(({ address, entries }) =>
        address < FIRST_ALIAS
          ? { address, entries }
          : { address: of(address), entries: entries.map(({ key, value }) => ({ key: of(key), value })) },
      ),
      nonces: diff.nonces.map(({ address, nonce }) => ({ address: of(address), nonce })),
      deployedContracts: diff.deployedContracts.map(({ address, classHash }) => ({ address: of(address), classHash })),
      replacedClasses: diff.replacedClasses.map(({ address, classHash }) => ({ address: of(address), classHash })),
    },
  });
}

function throwMissing(name: bigint): never {
  throw missingAlias(name, undefined);
}

function missingAlias(name: bigint, found: bigint | undefined): OrchestratorError {
  const why = found === undefined || found === 0n ? 'has no alias' : `has ${feltToHex(found)}, which is no alias,`;
  return new OrchestratorError('ALIAS_MISSING', `${feltToHex(name)} ${why} in contract 0x2`, {
    context: { name: feltToHex(name) },
    hint: 'Either the node answered wrongly, or the operating system of this chain does not use aliases; then choose another encoding.',
  });
}
