import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { feltToHex } from './felt.ts';
import type { DaLayout } from './starknet-version.ts';
import type { StateUpdate } from './state-update.ts';

/** Contracts of the protocol itself (block hashes, aliases): they have storage but no class and no nonce. */
const FIRST_ORDINARY_ADDRESS = 3n;

const TWO_64 = 1n << 64n;

export interface DaWordsOptions {
  readonly layout: DaLayout;
  /** Old layout: nonce at the end of the block, by address, of every contract that {@link contractsNeedingNonce} lists. */
  readonly currentNonces?: ReadonlyMap<bigint, bigint>;
}

/**
 * The words that a state update publishes, before compression:
 *
 *     n_contracts, (address, header, [class hash], (key, value)...)..., n_classes, (class hash, compiled class hash)...
 *
 * Contracts ascend by address, writes by key, classes by hash. A class hash is present when the contract was deployed
 * or its class replaced (deployed wins). A contract whose class alone was replaced is listed as well, in both layouts:
 * the OS publishes each change of a contract's state. Deprecated declared classes are not published. In the new layout
 * migrated compiled classes join the declared ones; the releases of the old layout have none.
 *
 * @throws OrchestratorError WORDS_INVALID when a nonce is missing or does not fit its field
 */
export function daWords(update: StateUpdate, options: DaWordsOptions): bigint[] {
  const diff = update.stateDiff;
  const contracts = collectContracts(update);
  const words: bigint[] = [BigInt(contracts.size)];
  for (const [address, change] of [...contracts].sort(([a], [b]) => compare(a, b))) {
    const nonce = change.nonce ?? unchangedNonce(address, change, options);
    words.push(
      address,
      daHeaderWord({
        layout: options.layout,
        classChanged: change.classHash !== undefined,
        nonce,
        writes: change.entries.length,
      }),
    );
    if (change.classHash !== undefined) words.push(change.classHash);
    for (const { key, value } of change.entries.toSorted((a, b) => compare(a.key, b.key))) words.push(key, value);
  }
  const classes =
    options.layout === 'new' ? [...diff.declaredClasses, ...diff.migratedCompiledClasses] : diff.declaredClasses;
  words.push(BigInt(classes.length));
  for (const { classHash, compiledClassHash } of classes.toSorted((a, b) => compare(a.classHash, b.classHash)))
    words.push(classHash, compiledClassHash);
  return words;
}

/**
 * Old layout only: contracts, ascending, whose current nonce is part of the words although the update does not change
 * it: those with writes or with a class that was replaced, except the protocol's own. A contract that was only deployed
 * has the nonce 0. The new layout puts 0 for an unchanged nonce.
 *
 * Source: `output_contract_state_inner` in the OS of 0.13.2, `state/output.cairo`, writes the new nonce whatever changed.
 */
export function contractsNeedingNonce(update: StateUpdate): bigint[] {
  return [...collectContracts(update)]
    .filter(([address, change]) => needsNonce(address, change))
    .map(([address]) => address)
    .sort(compare);
}

/**
 * Header of one contract in the words.
 *
 *     old (before 0.13.3)      class flag << 128 | nonce << 64 | writes
 *     new, below 256 writes    nonce << 10 | writes << 2 | 2 | class flag
 *     new, otherwise           nonce << 66 | writes << 2 | class flag
 *
 * @throws OrchestratorError WORDS_INVALID for a nonce or a number of writes that 64 bits do not hold
 */
export function daHeaderWord(contract: {
  layout: DaLayout;
  classChanged: boolean;
  nonce: bigint;
  writes: number;
}): bigint {
  const { layout, nonce } = contract;
  if (nonce < 0n || nonce >= TWO_64)
    throw new OrchestratorError('WORDS_INVALID', `nonce ${feltToHex(nonce)} does not fit in 64 bits`);
  if (!Number.isSafeInteger(contract.writes) || contract.writes < 0) {
    throw new OrchestratorError('WORDS_INVALID', `${contract.writes} is not a number of writes`);
  }
  const writes = BigInt(contract.writes);
  const flag = contract.classChanged ? 1n : 0n;
  if (layout === 'old') return (flag << 128n) | (nonce << 64n) | writes;
  return writes < 256n ? (nonce << 10n) | (writes << 2n) | 2n | flag : (nonce << 66n) | (writes << 2n) | flag;
}

interface ContractChange {
  readonly entries: readonly { readonly key: bigint; readonly value: bigint }[];
  readonly nonce: bigint | undefined;
  readonly classHash: bigint | undefined;
  /** It had a class before. */
  readonly replaced: boolean;
}

function collectContracts(update: StateUpdate): Map<bigint, ContractChange> {
  const diff = update.stateDiff;
  const entries = new Map(diff.storageDiffs.map((item) => [item.address, item.entries]));
  const nonces = new Map(diff.nonces.map((item) => [item.address, item.nonce]));
  const deployed = new Map(diff.deployedContracts.map((item) => [item.address, item.classHash]));
  const replaced = new Map(diff.replacedClasses.map((item) => [item.address, item.classHash]));
  const addresses = new Set([...entries.keys(), ...nonces.keys(), ...deployed.keys(), ...replaced.keys()]);
  return new Map(
    [...addresses].map((address) => [
      address,
      {
        entries: entries.get(address) ?? [],
        nonce: nonces.get(address),
        classHash: deployed.get(address) ?? replaced.get(address),
        replaced: replaced.has(address) && !deployed.has(address),
      },
    ]),
  );
}

function needsNonce(address: bigint, change: ContractChange): boolean {
  const inWords = change.entries.length > 0 || change.replaced;
  return change.nonce === undefined && inWords && address >= FIRST_ORDINARY_ADDRESS;
}

function unchangedNonce(address: bigint, change: ContractChange, options: DaWordsOptions): bigint {
  if (options.layout === 'new' || !needsNonce(address, change)) return 0n;
  const nonce = options.currentNonces?.get(address);
  if (nonce === undefined) {
    throw new OrchestratorError(
      'WORDS_INVALID',
      `the old layout needs the current nonce of contract ${feltToHex(address)}, which was not given`,
      {
        context: { address: feltToHex(address) },
      },
    );
  }
  return nonce;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
