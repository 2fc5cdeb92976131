import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FELT_PRIME, feltToHex } from '../../src/starknet/felt.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { parseStateUpdate, stateUpdateToJson } from '../../src/starknet/state-update-json.ts';
import { expectCode } from './expect-code.ts';

const felt = fc.bigInt({ min: 0n, max: FELT_PRIME - 1n });
const byAddress = <T>(rest: fc.Arbitrary<T>) =>
  fc
    .uniqueArray(fc.tuple(felt, rest), { selector: ([address]) => address, maxLength: 5 })
    .map((items) => items.map(([address, more]) => ({ address, ...more })));
const classes = fc.uniqueArray(fc.record({ classHash: felt, compiledClassHash: felt }), {
  selector: (item) => item.classHash,
  maxLength: 6,
});

const stateUpdate: fc.Arbitrary<StateUpdate> = fc.record({
  blockHash: felt,
  oldRoot: felt,
  newRoot: felt,
  stateDiff: fc
    .record({
      storageDiffs: byAddress(
        fc.record({
          entries: fc.uniqueArray(fc.record({ key: felt, value: felt }), {
            selector: (entry) => entry.key,
            maxLength: 4,
          }),
        }),
      ),
      nonces: byAddress(fc.record({ nonce: felt })),
      deployedContracts: byAddress(fc.record({ classHash: felt })),
      replacedClasses: byAddress(fc.record({ classHash: felt })),
      classes,
      split: fc.nat(6),
      deprecatedDeclaredClasses: fc.uniqueArray(felt, { maxLength: 3 }),
    })
    .map(({ classes, split, ...diff }) => ({
      ...diff,
      declaredClasses: classes.slice(0, split),
      migratedCompiledClasses: classes.slice(split),
    })),
});

type Json = { [key: string]: unknown };

/** A small valid update as a node answers it; `change` may break it. */
function update(change: (diff: Json, root: Json) => void = () => {}): Json {
  const diff: Json = {
    storage_diffs: [{ address: '0x5', storage_entries: [{ key: '0x1', value: '0x2' }] }],
    nonces: [{ contract_address: '0x5', nonce: '0x1' }],
    deployed_contracts: [{ address: '0x6', class_hash: '0x77' }],
    replaced_classes: [{ contract_address: '0x7', class_hash: '0x78' }],
    declared_classes: [{ class_hash: '0x79', compiled_class_hash: '0x80' }],
    deprecated_declared_classes: ['0x81'],
  };
  const root: Json = { block_hash: '0x1', old_root: '0x2', new_root: '0x3', state_diff: diff };
  change(diff, root);
  return root;
}

describe('state update JSON', () => {
  it('comes back from its JSON form', () => {
    fc.assert(
      fc.property(stateUpdate, (value) => {
        expect(parseStateUpdate(JSON.parse(JSON.stringify(stateUpdateToJson(value))))).toEqual(value);
      }),
    );
  });

  it('is read without migrated classes and with keys that a newer node adds', () => {
    const parsed = parseStateUpdate(
      update((diff, root) => Object.assign(diff, { new_thing: 1 }) && Object.assign(root, { other: null })),
    );
    expect(parsed.stateDiff.migratedCompiledClasses).toEqual([]);
    expect(parsed.stateDiff.replacedClasses).toEqual([{ address: 7n, classHash: 0x78n }]);
  });

  it.each([
    'storage_diffs',
    'nonces',
    'deployed_contracts',
    'replaced_classes',
    'declared_classes',
    'deprecated_declared_classes',
  ])('names a missing or wrong %s', async (name) => {
    await expectCode('STATE_UPDATE_INVALID', `state_diff.${name} is missing`, () =>
      parseStateUpdate(update((diff) => delete diff[name])),
    );
    await expectCode('STATE_UPDATE_INVALID', `state_diff.${name} is not an array`, () =>
      parseStateUpdate(update((diff) => Object.assign(diff, { [name]: {} }))),
    );
  });

  it.each([
    ['no object', null, 'the state update is not an object'],
    ['an array', [], 'the state update is not an object'],
    ['no diff', update((_, root) => delete root.state_diff), 'state_diff is missing'],
    [
      'a diff that is text',
      update((_, root) => Object.assign(root, { state_diff: 'x' })),
      'state_diff is not an object',
    ],
    ['a pending block', update((_, root) => delete root.block_hash), 'pending block'],
    [
      'an item that is null',
      update((diff) => Object.assign(diff, { nonces: [null] })),
      'state_diff.nonces[0] is not an object',
    ],
    [
      'no entries',
      update((diff) => Object.assign(diff, { storage_diffs: [{ address: '0x5' }] })),
      'state_diff.storage_diffs[0].storage_entries is missing',
    ],
    [
      'entries that are no array',
      update((diff) => Object.assign(diff, { storage_diffs: [{ address: '0x5', storage_entries: 3 }] })),
      'storage_entries is not an array',
    ],
  ])('names the place: %s', async (_name, json, text) => {
    await expectCode('STATE_UPDATE_INVALID', text, () => parseStateUpdate(json));
  });

  it.each([
    ['new_root', update((_, root) => delete root.new_root), 'new_root is not a hex string but missing'],
    [
      'old_root',
      update((_, root) => Object.assign(root, { old_root: 5 })),
      'old_root is not a hex string but of type number',
    ],
    [
      'nonce',
      update((diff) => Object.assign(diff, { nonces: [{ contract_address: '0x5', nonce: '17' }] })),
      'state_diff.nonces[0].nonce',
    ],
    [
      'value',
      update((diff) =>
        Object.assign(diff, {
          storage_diffs: [{ address: '0x5', storage_entries: [{ key: '0x1', value: feltToHex(FELT_PRIME) }] }],
        }),
      ),
      'state_diff.storage_diffs[0].storage_entries[0].value is not below the field prime',
    ],
    [
      'deprecated class',
      update((diff) => Object.assign(diff, { deprecated_declared_classes: ['0x1', {}] })),
      'state_diff.deprecated_declared_classes[1]',
    ],
  ])('names a number that is no felt: %s', async (_name, json, text) => {
    await expectCode('FELT_INVALID', text, () => parseStateUpdate(json));
  });

  it.each([
    [
      'storage_diffs',
      [
        { address: '0x5', storage_entries: [] },
        { address: '0x05', storage_entries: [] },
      ],
    ],
    [
      'nonces',
      [
        { contract_address: '0x5', nonce: '0x1' },
        { contract_address: '0x5', nonce: '0x2' },
      ],
    ],
    [
      'deployed_contracts',
      [
        { address: '0x5', class_hash: '0x1' },
        { address: '0x5', class_hash: '0x1' },
      ],
    ],
    [
      'replaced_classes',
      [
        { contract_address: '0x5', class_hash: '0x1' },
        { contract_address: '0x5', class_hash: '0x2' },
      ],
    ],
    [
      'declared_classes',
      [
        { class_hash: '0x5', compiled_class_hash: '0x1' },
        { class_hash: '0x5', compiled_class_hash: '0x1' },
      ],
    ],
    ['migrated_compiled_classes', [{ class_hash: '0x79', compiled_class_hash: '0x1' }]],
    ['deprecated_declared_classes', ['0x5', '0x5']],
  ])('refuses a double entry in %s', async (name, items) => {
    await expectCode('STATE_UPDATE_INVALID', 'twice', () =>
      parseStateUpdate(update((diff) => Object.assign(diff, { [name]: items }))),
    );
  });

  it('refuses a key that is written twice', async () => {
    const entries = [
      { key: '0x1', value: '0x2' },
      { key: '0x01', value: '0x3' },
    ];
    await expectCode('STATE_UPDATE_INVALID', 'state_diff.storage_diffs[0].storage_entries lists 0x1 twice', () =>
      parseStateUpdate(
        update((diff) => Object.assign(diff, { storage_diffs: [{ address: '0x5', storage_entries: entries }] })),
      ),
    );
  });
});
