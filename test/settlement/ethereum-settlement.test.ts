import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Hex, keccak256 } from 'viem';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import { Crash, CrashPlan } from './crashing-parts.ts';
import { failureOf, LocalSettlement, PROGRAM_HASH, START, stateOf, updateOf } from './local-settlement.ts';

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  for (const update of [await updateOf(10), await updateOf(11), await updateOf(10, 2)])
    await local.registerFact(update);
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

describe('a state update on a real Ethereum node', () => {
  it('is settled, and confirmed at the configured depth but not before', async () => {
    const settlement = local.settlement({ confirmations: 3 });
    expect(await settlement.state('included')).toEqual(stateOf(START));
    const update = await updateOf(10);
    const { intent } = await settlement.submit({ ...update, signal });
    expect(intent).toMatchObject({ key: update.key, state: 'broadcast', first_block: 10 });
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'pending' });

    await local.mine();
    const txHash = intent.variants[0]?.hash;
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'included', confirmations: 1, txHash });
    expect(await settlement.state('included')).toEqual(stateOf(10));
    expect(await settlement.state('confirmed')).toEqual(stateOf(START));
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'included', confirmations: 2 });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed', block: base + 1, txHash });
    expect(await settlement.state('confirmed')).toEqual(stateOf(10));
    expect(await settlement.settledAt(10)).toEqual(stateOf(10));
    expect(await settlement.settledAt(11)).toBeUndefined();
    expect((await local.intents.get(update.key))?.state).toBe('confirmed');
  });

  it.each([
    ['one blob with cell proofs', 1, 1],
    ['two blobs with cell proofs', 2, 1],
    ['two blobs with blob proofs', 2, 0],
  ] as const)('publishes exactly the blobs it was given: %s', async (_, blobs, wrapperVersion) => {
    const update = await updateOf(10, blobs);
    const settlement = local.settlement({ wrapperVersion });
    const { intent } = await settlement.submit({ ...update, signal });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
    const published = (await local.rpc('anvil_getBlobsByTransactionHash', intent.variants[0]?.hash)) as Hex[];
    // Compared by hash: a difference of 260,000 digits is no message.
    expect(published.map((blob) => keccak256(blob))).toEqual(update.blobs.map((blob) => keccak256(blob)));
  });

  it('follows another in block order, with the next nonce', async () => {
    const settlement = local.settlement();
    const behind = await failureOf(settlement.submit({ ...(await updateOf(11)), signal }));
    expect(behind).toMatchObject({ code: 'SETTLEMENT_CONFLICT', retry: 'transient', context: { position: START } });
    for (const block of [10, 11]) {
      await settlement.submit({ ...(await updateOf(block)), signal });
      await local.mine();
    }
    expect(await settlement.state('confirmed')).toEqual(stateOf(11));
    const [first, second] = await local.updatesOnChain(base);
    expect(second?.nonce).toBe((first?.nonce ?? 0) + 1);
  });

  it('reads what the contract settles with, and who may settle', async () => {
    const settlement = local.settlement();
    expect(await settlement.chainId()).toBe('ethereum:31337');
    expect(await settlement.parameters()).toMatchObject({ programHash: PROGRAM_HASH, aggregatorProgramHash: 0n });
    expect(await settlement.contract.isOperator(ANVIL_ACCOUNTS[0].address)).toBe(true);
    expect(await settlement.contract.isOperator(ANVIL_ACCOUNTS[1].address)).toBe(false);
    const noContract = local.settlement({}, () => ({ coreContract: local.registry }));
    expect(await noContract.contract.isOperator(ANVIL_ACCOUNTS[0].address)).toBe('unknown');
    expect(await failureOf(noContract.state('included'))).toMatchObject({ code: 'SETTLEMENT_ANSWER_INVALID' });
    expect(await failureOf(noContract.parameters())).toMatchObject({ code: 'SETTLEMENT_ANSWER_INVALID' });
  });
});

describe('one transaction, whatever happens to the workers', () => {
  const settledOnce = async (): Promise<void> => {
    await local.mine();
    const settlement = local.settlement();
    const { key } = await updateOf(10);
    expect(await settlement.track(key, signal)).toMatchObject({ kind: 'confirmed' });
    const sent = await local.updatesOnChain(base);
    expect(sent).toMatchObject([{ status: 'success' }]);
    const stored = (await local.intents.get(key))?.variants ?? [];
    expect(stored.map(({ hash }) => hash)).toContain(sent[0]?.hash);
  };

  it('submitting again sends nothing new', async () => {
    const update = await updateOf(10);
    const first = await local.settlement().submit({ ...update, signal });
    const again = await local.settlement().submit({ ...update, signal });
    expect(again.intent.variants).toEqual(first.intent.variants);
    await local.mine();
    const later = await local.settlement().submit({ ...update, signal });
    expect(later.intent.variants.map(({ hash }) => hash)).toEqual(first.intent.variants.map(({ hash }) => hash));
    await settledOnce();
  });

  it('two workers at the same moment agree on one transaction', async () => {
    const update = await updateOf(10);
    // Their quotes differ, so that each would sign another transaction.
    const tuning = local.settlement().tuning;
    const dear = { fees: { ...tuning.fees, priorityFeeWei: 2n * tuning.fees.priorityFeeWei } };
    const [one, other] = await Promise.all([
      local.settlement().submit({ ...update, signal }),
      local.settlement(dear).submit({ ...update, signal }),
    ]);
    expect(one.intent.variants.map(({ hash }) => hash)).toEqual(other.intent.variants.map(({ hash }) => hash));
    await settledOnce();
  });

  it('a worker whose lease is gone before the broadcast sends nothing, the next one sends its bytes', async () => {
    const update = await updateOf(10);
    const lease = new AbortController();
    const losing = local.settlement({}, ({ intents }) => ({
      intents: Object.assign(Object.create(intents), {
        get: (key: string) => intents.get(key),
        putIfAbsent: async (intent: Parameters<typeof intents.putIfAbsent>[0]) => {
          const answer = await intents.putIfAbsent(intent);
          lease.abort(new Crash('lease lost'));
          return answer;
        },
      }),
    }));
    await expect(losing.submit({ ...update, signal: lease.signal })).rejects.toThrow('lease lost');
    const [variant] = (await local.intents.get(update.key))?.variants ?? [];
    expect(await local.client.transaction(variant?.hash as Hex)).toBeUndefined();
    expect(await local.settlement().track(update.key, signal)).toMatchObject({ kind: 'pending' });
    expect(await local.client.transaction(variant?.hash as Hex)).toMatchObject({ blockNumber: null });
    await settledOnce();
  });

  it('a crash before or after any port call of the submission leaves one transaction', async () => {
    const update = await updateOf(10);
    const traced = new CrashPlan();
    await local.settlement({}, (parts) => traced.apply(parts)).submit({ ...update, signal });
    await settledOnce();
    const calls = traced.calls;
    for (const port of ['objects.put', 'intents.putIfAbsent', 'client.sendRawTransaction', 'intents.replace'])
      expect(calls).toContain(port);

    for (const side of ['before', 'after'] as const) {
      for (let at = 0; at < calls.length; at++) {
        snapshot = await local.reset(snapshot);
        const dying = local.settlement({}, (parts) => new CrashPlan(at, side).apply(parts));
        await expect(dying.submit({ ...update, signal })).rejects.toThrow(Crash);
        await local.settlement().submit({ ...update, signal });
        await settledOnce();
      }
    }
  }, 120_000);

  it('a crash before or after any port call of tracking leaves one transaction', async () => {
    const update = await updateOf(10);
    const prepare = async (): Promise<void> => {
      // Written down, never sent: tracking has the most to do.
      const unsent = new CrashPlan(traceOfSubmit.indexOf('client.sendRawTransaction'), 'before');
      await expect(local.settlement({}, (parts) => unsent.apply(parts)).submit({ ...update, signal })).rejects.toThrow(
        Crash,
      );
    };
    const submitted = new CrashPlan();
    await local.settlement({}, (parts) => submitted.apply(parts)).submit({ ...update, signal });
    const traceOfSubmit = submitted.calls;

    snapshot = await local.reset(snapshot);
    await prepare();
    const traced = new CrashPlan();
    await local.settlement({}, (parts) => traced.apply(parts)).track(update.key, signal);
    expect(traced.calls).toContain('client.sendRawTransaction');
    for (const side of ['before', 'after'] as const) {
      for (let at = 0; at < traced.calls.length; at++) {
        snapshot = await local.reset(snapshot);
        await prepare();
        const dying = local.settlement({}, (parts) => new CrashPlan(at, side).apply(parts));
        await expect(dying.track(update.key, signal)).rejects.toThrow(Crash);
        await local.settlement().track(update.key, signal);
        await settledOnce();
      }
    }
  }, 120_000);

  it('stored bytes that are lost are made again, the same ones', async () => {
    const update = await updateOf(10);
    const plan = new CrashPlan();
    await local.settlement({}, (parts) => plan.apply(parts)).submit({ ...update, signal });
    snapshot = await local.reset(snapshot);
    const dying = new CrashPlan(plan.calls.indexOf('client.sendRawTransaction'));
    await expect(local.settlement({}, (parts) => dying.apply(parts)).submit({ ...update, signal })).rejects.toThrow(
      Crash,
    );
    const [variant] = (await local.intents.get(update.key))?.variants ?? [];
    await local.objects.delete(variant?.raw_path ?? '');
    expect(await failureOf(local.settlement().track(update.key, signal))).toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await local.settlement().submit({ ...update, signal });
    await settledOnce();
  });
});
