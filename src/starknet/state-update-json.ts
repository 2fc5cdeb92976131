import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { feltToHex, parseFelt } from './felt.ts';
import type { StateDiff, StateUpdate } from './state-update.ts';

/**
 * Reads the result of `starknet_getStateUpdate` (specification 0.7 to 0.10). Unknown keys are ignored;
 * `migrated_compiled_classes` (0.10) may be missing, everything else must be there.
 *
 * @throws OrchestratorError STATE_UPDATE_INVALID for a wrong shape, a pending block or an address, key or class that is
 *   listed twice; FELT_INVALID for a bad number. Both name the place, for example `state_diff.nonces[3].nonce`.
 */
export function parseStateUpdate(json: unknown): StateUpdate {
  const root = asObject(json, 'the state update');
  if (root.block_hash === undefined || root.block_hash === null) {
    throw invalid('the state update has no block_hash: it is that of a pending block', 'block_hash');
  }
  return {
    blockHash: parseFelt(root.block_hash, 'block_hash'),
    oldRoot: parseFelt(root.old_root, 'old_root'),
    newRoot: parseFelt(root.new_root, 'new_root'),
    stateDiff: parseStateDiff(asObject(root.state_diff, 'state_diff')),
  };
}

function parseStateDiff(diff: JsonObject): StateDiff {
  const storageDiffs = list(diff, 'storage_diffs', (item, at) => {
    const entries = asArray(item.storage_entries, `${at}.storage_entries`).map((entry, index) => {
      const place = `${at}.storage_entries[${index}]`;
      const { key, value } = asObject(entry, place);
      return { key: parseFelt(key, `${place}.key`), value: parseFelt(value, `${place}.value`) };
    });
    requireUnique(entries, (entry) => entry.key, `${at}.storage_entries`);
    return { address: parseFelt(item.address, `${at}.address`), entries };
  });
  const nonces = list(diff, 'nonces', (item, at) => ({
    address: parseFelt(item.contract_address, `${at}.contract_address`),
    nonce: parseFelt(item.nonce, `${at}.nonce`),
  }));
  const deployedContracts = list(diff, 'deployed_contracts', (item, at) => ({
    address: parseFelt(item.address, `${at}.address`),
    classHash: parseFelt(item.class_hash, `${at}.class_hash`),
  }));
  const replacedClasses = list(diff, 'replaced_classes', (item, at) => ({
    address: parseFelt(item.contract_address, `${at}.contract_address`),
    classHash: parseFelt(item.class_hash, `${at}.class_hash`),
  }));
  const declaredClasses = list(diff, 'declared_classes', parseCompiledClass);
  const migratedCompiledClasses =
    diff.migrated_compiled_classes === undefined ? [] : list(diff, 'migrated_compiled_classes', parseCompiledClass);
  const deprecatedDeclaredClasses = asArray(
    diff.deprecated_declared_classes,
    'state_diff.deprecated_declared_classes',
  ).map((hash, index) => parseFelt(hash, `state_diff.deprecated_declared_classes[${index}]`));

  requireUnique(storageDiffs, (item) => item.address, 'state_diff.storage_diffs');
  requireUnique(nonces, (item) => item.address, 'state_diff.nonces');
  requireUnique(deployedContracts, (item) => item.address, 'state_diff.deployed_contracts');
  requireUnique(replacedClasses, (item) => item.address, 'state_diff.replaced_classes');
  requireUnique(
    [...declaredClasses, ...migratedCompiledClasses],
    (item) => item.classHash,
    'state_diff.declared_classes and migrated_compiled_classes',
  );
  requireUnique(deprecatedDeclaredClasses, (hash) => hash, 'state_diff.deprecated_declared_classes');
  return {
    storageDiffs,
    nonces,
    deployedContracts,
    replacedClasses,
    declaredClasses,
    migratedCompiledClasses,
    deprecatedDeclaredClasses,
  };
}

/** The state update as `starknet_getStateUpdate` of specification 0.10 answers it; inverse of {@link parseStateUpdate}. */
export function stateUpdateToJson(update: StateUpdate): StateUpdateJson {
  const diff = update.stateDiff;
  const classes = (items: StateDiff['declaredClasses']) =>
    items.map((item) => ({
      class_hash: feltToHex(item.classHash),
      compiled_class_hash: feltToHex(item.compiledClassHash),
    }));
  return {
    block_hash: feltToHex(update.blockHash),
    old_root: feltToHex(update.oldRoot),
    new_root: feltToHex(update.newRoot),
    state_diff: {
      storage_diffs: diff.storageDiffs.map(({ address, entries }) => ({
        address: feltToHex(address),
        storage_entries: entries.map(({ key, value }) => ({ key: feltToHex(key), value: feltToHex(value) })),
      })),
      deprecated_declared_classes: diff.deprecatedDeclaredClasses.map(feltToHex),
      declared_classes: classes(diff.declaredClasses),
      deployed_contracts: diff.deployedContracts.map((item) => ({
        address: feltToHex(item.address),
        class_hash: feltToHex(item.classHash),
      })),
      replaced_classes: diff.replacedClasses.map((item) => ({
        contract_address: feltToHex(item.address),
        class_hash: feltToHex(item.classHash),
      })),
      nonces: diff.nonces.map((item) => ({ contract_address: feltToHex(item.address), nonce: feltToHex(item.nonce) })),
      migrated_compiled_classes: classes(diff.migratedCompiledClasses),
    },
  };
}

/** Result of `starknet_getStateUpdate`; every value a hex felt. */
export interface StateUpdateJson {
  readonly block_hash: string;
  readonly old_root: string;
  readonly new_root: string;
  readonly state_diff: {
    readonly storage_diffs: readonly {
      readonly address: string;
      readonly storage_entries: readonly { readonly key: string; readonly value: string }[];
    }[];
    readonly deprecated_declared_classes: readonly string[];
    readonly declared_classes: readonly ClassJson[];
    readonly deployed_contracts: readonly { readonly address: string; readonly class_hash: string }[];
    readonly replaced_classes: readonly { readonly contract_address: string; readonly class_hash: string }[];
    readonly nonces: readonly { readonly contract_address: string; readonly nonce: string }[];
    readonly migrated_compiled_classes: readonly ClassJson[];
  };
}

interface ClassJson {
  readonly class_hash: string;
  readonly compiled_class_hash: string;
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseCompiledClass(item: JsonObject, at: string): { classHash: bigint; compiledClassHash: bigint } {
  return {
    classHash: parseFelt(item.class_hash, `${at}.class_hash`),
    compiledClassHash: parseFelt(item.compiled_class_hash, `${at}.compiled_class_hash`),
  };
}

function list<T>(diff: JsonObject, name: string, parse: (item: JsonObject, at: string) => T): T[] {
  return asArray(diff[name], `state_diff.${name}`).map((item, index) => {
    const at = `state_diff.${name}[${index}]`;
    return parse(asObject(item, at), at);
  });
}

function requireUnique<T>(items: readonly T[], key: (item: T) => bigint, at: string): void {
  const seen = new Set<bigint>();
  for (const item of items) {
    const value = key(item);
    if (seen.has(value)) throw invalid(`${at} lists ${feltToHex(value)} twice`, at);
    seen.add(value);
  }
}

function asObject(value: unknown, at: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(value === undefined ? `${at} is missing` : `${at} is not an object`, at);
  }
  return value as JsonObject;
}

function asArray(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(value === undefined ? `${at} is missing` : `${at} is not an array`, at);
  return value;
}

function invalid(message: string, at: string): OrchestratorError {
  return new OrchestratorError('STATE_UPDATE_INVALID', message, { context: { at } });
}
