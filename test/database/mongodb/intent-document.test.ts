import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import type { Intent, IntentVariant } from '../../../src/database/intent-store.ts';
import { type IntentDocument, intentFields, intentOf } from '../../../src/database/mongodb/intent-document.ts';

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const text = fc.string({ unit: 'grapheme' });
const block = fc.oneof(fc.nat(), fc.maxSafeNat());

const variant: fc.Arbitrary<IntentVariant> = fc.record({
  hash: text,
  signer: text,
  nonce: block,
  raw_path: text,
  raw_sha256: text,
  max_fee_per_gas: text,
  max_priority_fee_per_gas: text,
  max_fee_per_blob_gas: text,
  gas_limit: text,
  signed_at: instant,
  sent_at: maybe(instant),
  sent_at_block: maybe(block),
  error: maybe(text),
});

const intent: fc.Arbitrary<Intent> = fc.record({
  key: text,
  job_id: text,
  first_block: block,
  last_block: block,
  kind: fc.constant('state-update' as const),
  chain: text,
  to: text,
  state: fc.constantFrom('signed', 'broadcast', 'mined', 'confirmed', 'reverted', 'held'),
  variants: fc.array(variant, { maxLength: 4 }),
  hold_reason: maybe(text),
  created_at: instant,
  updated_at: instant,
  version: fc.nat(),
});

describe('intent documents in MongoDB', () => {
  it('bring back every intent as it was', () => {
    fc.assert(
      fc.property(intent, (one) => {
        const bytes = BSON.serialize({ _id: one.key, ...intentFields(one), recent_writes: [new BSON.ObjectId()] });
        expect(intentOf(BSON.deserialize(bytes) as IntentDocument)).toEqual(one);
      }),
    );
  });

  it('have dates for instants and int64 for blocks and nonces', () => {
    const [one] = fc.sample(intent, { numRuns: 1, seed: 1 });
    if (one === undefined) throw new Error('no sample');
    const typed = BSON.deserialize(BSON.serialize(intentFields({ ...one, first_block: 3 })), { promoteValues: false });
    expect(typed.first_block).toBeInstanceOf(BSON.Long);
    expect(typed.created_at).toBeInstanceOf(Date);
    expect(typed).not.toHaveProperty('key');
  });

  it('that name one key for all variants come back with it at each, also after a change', () => {
    fc.assert(
      fc.property(intent, (one) => {
        const chain = 'ethereum:1';
        const present = { ...one, chain, variants: one.variants.map((each) => ({ ...each, signer: '0xa1' })) };
        const { chain: _, ...rest } = intentFields(present);
        const variants = rest.variants.map(({ signer: __, ...each }) => each);
        const earlier = { _id: one.key, ...rest, variants, signer: `${chain}:0xa1` };
        expect(intentOf(BSON.deserialize(BSON.serialize(earlier)) as IntentDocument)).toEqual(present);
        // A change sets fields and leaves the others.
        const changed = { ...present, variants: present.variants.map((each) => ({ ...each, signer: '0xb2' })) };
        const after = { ...earlier, ...intentFields(changed) };
        expect(intentOf(BSON.deserialize(BSON.serialize(after)) as IntentDocument)).toEqual(changed);
      }),
    );
  });
});
