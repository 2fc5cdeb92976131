import { describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../../src/errors/orchestrator-error.ts';
import { metadataOf } from '../../../src/jobs/new-jobs.ts';
import { NO_TRANSACTION, updateKey } from '../../../src/jobs/state-transition/state-transition-handler.ts';
import type { UpdateProgress } from '../../../src/settlement/settlement.ts';
import { BYTES_PER_BLOB } from '../../../src/starknet/blob.ts';
import { failureOf } from '../fakes/errors.ts';
import { hashOf, rootOf } from '../fakes/fake-chain.ts';
import { intentOf, variant } from '../fakes/fake-settlement.ts';
import { afterProcess, specificOf, work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

const at = (blockNumber: number) => ({ blockNumber, root: rootOf(blockNumber), blockHash: hashOf(blockNumber) });
const HASH = `0x${'ab'.repeat(32)}`;

describe('StateTransition, processing', () => {
  it('hands the output and its blobs to the settlement when the block is the next', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(0);
    const context = work();
    const outcome = await handlers.stateTransition.process(job, context);
    expect(outcome).toMatchObject({ kind: 'submitted', externalId: HASH, verifyAfterMs: 1_000 });
    expect(specificOf(outcome)).toMatchObject({
      tx_hash: HASH,
      tx_nonce: 4,
      tx_attempts: [{ attempt_no: 1, tx_hash: HASH, nonce: 4, gas_multiplier: '1.00', status: 'Pending', error: null }],
      included_at_block: null,
    });
    expect(context.fences).toBe(1);
    expect(settlement.submitted).toHaveLength(1);
    const [update] = settlement.submitted;
    expect(update).toMatchObject({ key: 'settle-1:1:state-update', jobId: 'settle-1', firstBlock: 1, lastBlock: 1 });
    expect(update?.programOutput[1]).toBe(rootOf(1));
    expect(update?.blobs.map((blob) => blob.length)).toEqual([BYTES_PER_BLOB]);
  });

  it('waits, at no attempt, when the contract would refuse the update at this moment only', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(0);
    for (const code of ['SETTLEMENT_CONFLICT', 'SETTLEMENT_REVERTED'] as const) {
      settlement.submit = () => Promise.reject(new OrchestratorError(code, 'not now', { retry: 'transient' }));
      expect(await handlers.stateTransition.process(job, work())).toMatchObject({
        kind: 'deferred',
        waitingFor: 'the settlement layer: not now',
        brief: true,
      });
      const refusal = new OrchestratorError(code, 'never');
      settlement.submit = () => Promise.reject(refusal);
      expect(await failureOf(handlers.stateTransition.process(job, work()))).toBe(refusal);
    }
  });

  it('settles the first block on a contract at -1', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    await handlers.stateTransition.process(await stateTransitionJob(0), work());
    expect(settlement.submitted).toHaveLength(1);
  });

  it('waits for the block before it, costs nothing and sends nothing', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(2);
    settlement.included = at(0);
    const outcome = await handlers.stateTransition.process(job, work());
    expect(outcome).toEqual({
      kind: 'deferred',
      retryAfterMs: 1_000,
      waitingFor: 'block 1 to be settled (the core contract stands at block 0)',
    });
    expect(settlement.submitted).toEqual([]);
  });

  it('does not send when the lease is lost', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(0);
    const lost = { ...work(), fence: () => Promise.reject(new OrchestratorError('LEASE_LOST', 'taken over')) };
    expect((await failureOf(handlers.stateTransition.process(job, lost))).code).toBe('LEASE_LOST');
    expect(settlement.submitted).toEqual([]);
  });

  it.each([
    ['root', { ...at(0), root: 0xbadn }],
    ['block hash', { ...at(0), blockHash: 0xbadn }],
  ])('refuses to settle on another %s', async (_what, state) => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = state;
    const error = await failureOf(handlers.stateTransition.process(job, work()));
    expect(error).toMatchObject({ code: 'SETTLEMENT_CONFLICT', retry: 'permanent', context: { block: 0 } });
    expect(error.message).toContain('0xbad');
    expect(settlement.submitted).toEqual([]);
  });

  it("refuses another block's output", async () => {
    const { handlers, objects, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    await stateTransitionJob(2);
    await objects.put('1/program_output.txt', await objects.get('2/program_output.txt'));
    settlement.included = at(0);
    expect(await failureOf(handlers.stateTransition.process(job, work()))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'fact' },
    });
    expect(settlement.submitted).toEqual([]);
  });

  it.each<[string, (content: Uint8Array) => Uint8Array]>([
    ['truncated', (content) => content.subarray(0, 5_000)],
    ['altered', (content) => content.map((byte, i) => (i === 9 ? byte ^ 1 : byte))],
  ])('makes blobs anew that were %s since they were stored', async (_what, damage) => {
    const { handlers, objects, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(0);
    const before = await objects.get('0/blob_data.txt');
    objects.damage('0/blob_data.txt', damage);
    await handlers.stateTransition.process(job, work());
    expect(Buffer.from(before).equals(settlement.submitted[0]?.blobs[0] ?? new Uint8Array())).toBe(true);
    expect(Buffer.from(before).equals(await objects.get('0/blob_data.txt'))).toBe(true);
  });

  it('refuses blobs that cannot be made anew', async () => {
    const { handlers, chain, objects, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(0);
    objects.damage('0/blob_data.txt', (content) => content.subarray(1));
    chain.change(0, ({ update }) => ({ update: { ...update, stateDiff: { ...update.stateDiff, nonces: [] } } }));
    expect((await failureOf(handlers.stateTransition.process(job, work()))).code).toBe('OUTPUT_MISMATCH');
    expect(settlement.submitted).toEqual([]);
  });
});

describe('StateTransition, a contract that is ahead', () => {
  it('is done without a transaction when somebody settled the same block', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(1);
    const outcome = await handlers.stateTransition.process(job, work());
    expect(outcome).toMatchObject({
      kind: 'completed',
      externalId: NO_TRANSACTION,
      specific: { tx_hash: NO_TRANSACTION },
    });
    expect(settlement.submitted).toEqual([]);
  });

  it("goes on to the confirmations of a stranger's transaction", async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(1);
    settlement.confirmedState = at(0);
    const submitted = afterProcess(job, await handlers.stateTransition.process(job, work()));
    expect(await handlers.stateTransition.verify(submitted, work())).toMatchObject({
      kind: 'pending',
      waitingFor: expect.stringContaining('confirmations'),
    });
    settlement.confirmedState = at(1);
    expect(await handlers.stateTransition.verify(submitted, work())).toMatchObject({ kind: 'verified' });
    settlement.included = settlement.confirmedState = at(0);
    expect(await handlers.stateTransition.verify(submitted, work())).toMatchObject({ kind: 'rejected' });
  });

  it('finds its own transaction again after a crash and waits for its confirmations', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(1);
    settlement.progress = {
      kind: 'included',
      block: 70,
      confirmations: 1,
      txHash: HASH,
      intent: intentOf(updateKey(job)),
    };
    const outcome = await handlers.stateTransition.process(job, work());
    expect(outcome).toMatchObject({
      kind: 'submitted',
      externalId: HASH,
      specific: { tx_hash: HASH, included_at_block: 70 },
    });
    expect(settlement.submitted).toEqual([]);
  });

  it.each([
    ['root', { ...at(1), root: 0xbadn }],
    ['block hash', { ...at(1), blockHash: 0xbadn }],
  ])('stops on another %s of the same block', async (_what, state) => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = state;
    expect(await failureOf(handlers.stateTransition.process(job, work()))).toMatchObject({
      code: 'SETTLEMENT_CONFLICT',
      retry: 'permanent',
    });
  });

  it('compares with what the contract logged for the block when it is further on', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(2);
    settlement.logged.set(1, at(1));
    expect(await handlers.stateTransition.process(job, work())).toMatchObject({ kind: 'completed' });
    settlement.logged.set(1, { ...at(1), root: 0xbadn });
    expect((await failureOf(handlers.stateTransition.process(job, work()))).code).toBe('SETTLEMENT_CONFLICT');
  });

  it('compares with the node where the contract stands when the block was not logged', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(2);
    expect(await handlers.stateTransition.process(job, work())).toMatchObject({ kind: 'completed' });
    settlement.included = { ...at(2), blockHash: 0xbadn };
    expect((await failureOf(handlers.stateTransition.process(job, work()))).code).toBe('SETTLEMENT_CONFLICT');
  });

  it('waits for the node when only that can tell', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(1);
    settlement.included = at(9);
    expect(await handlers.stateTransition.process(job, work())).toMatchObject({
      kind: 'deferred',
      waitingFor: expect.stringContaining('block 9'),
    });
  });
});

describe('StateTransition, verifying', () => {
  async function submitted() {
    const world = pipeline();
    const job = await world.stateTransitionJob(1);
    world.settlement.included = at(0);
    return {
      ...world,
      job: afterProcess(job, await world.handlers.stateTransition.process(job, work())),
      intent: intentOf(updateKey(job)),
    };
  }

  it('follows a transaction from the pool to its confirmations', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'pending', note: 'in the pool', intent };
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'pending',
      retryAfterMs: 1_000,
      waitingFor: 'the settlement layer: in the pool',
      specific: { included_at_block: null },
    });
    settlement.progress = { kind: 'included', block: 12, confirmations: 1, txHash: HASH, intent };
    settlement.included = at(1);
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'pending',
      specific: { included_at_block: 12 },
    });
    settlement.progress = { kind: 'confirmed', block: 12, gasUsed: 1n, txHash: HASH, intent };
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'verified',
      specific: { included_at_block: 12, tx_hash: HASH, tx_attempts: [{ status: 'Finalized' }] },
    });
  });

  it('forgets the inclusion when a reorg takes it back', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'included', block: 12, confirmations: 1, txHash: HASH, intent };
    const included = afterProcess(job, {
      kind: 'submitted',
      externalId: HASH,
      specific: specificOf(await handlers.stateTransition.verify(job, work())),
      verifyAfterMs: 0,
    });
    expect(metadataOf(included, 'StateUpdate').included_at_block).toBe(12);
    settlement.progress = { kind: 'pending', note: 'back in the pool', intent };
    expect(await handlers.stateTransition.verify(included, work())).toMatchObject({
      kind: 'pending',
      specific: { included_at_block: null },
    });
  });

  it('names the variant that was mined and how much more each offered', async () => {
    const { handlers, settlement, job } = await submitted();
    const intent = intentOf(updateKey(job), [
      variant({ hash: '0x01' }),
      variant({ hash: '0x02', max_fee_per_gas: '1125' }),
      variant({ hash: '0x03', max_fee_per_gas: '2250' }),
    ]);
    settlement.progress = { kind: 'confirmed', block: 12, gasUsed: 1n, txHash: '0x02', intent };
    settlement.included = at(1);
    const { tx_hash, tx_attempts } = metadataOf(
      afterProcess(job, {
        kind: 'completed',
        externalId: '',
        specific: specificOf(await handlers.stateTransition.verify(job, work())),
      }),
      'StateUpdate',
    );
    expect(tx_hash).toBe('0x02');
    expect(tx_attempts.map(({ status, gas_multiplier }) => [status, gas_multiplier])).toEqual([
      ['Replaced', '1.00'],
      ['Finalized', '1.12'],
      ['Replaced', '2.25'],
    ]);
  });

  it('alerts once when it is held and once when it goes on', async () => {
    const { handlers, settlement, alerts, job, intent } = await submitted();
    settlement.progress = { kind: 'held', reason: 'the balance is too low', intent };
    const first = await handlers.stateTransition.verify(job, work());
    if (first.kind !== 'pending') throw new Error(first.kind);
    expect(first).toMatchObject({ waitingFor: 'settlement is held: the balance is too low', held: true });
    const held = { ...job, waiting_for: first.waitingFor };
    await handlers.stateTransition.verify(held, work());
    expect(alerts.map(({ text }) => text)).toEqual(['Settlement of block 1 is held: the balance is too low']);
    settlement.progress = { kind: 'pending', note: 'sent', intent };
    expect(await handlers.stateTransition.verify(held, work())).not.toHaveProperty('held');
    expect(alerts.map(({ text }) => text).slice(1)).toEqual(['Settlement of block 1 goes on']);
  });

  it.each(['pending', 'held'] as const)(
    'a %s transaction was overtaken: verified once the contract is deep enough',
    async (kind) => {
      const { handlers, settlement, alerts, job, intent } = await submitted();
      settlement.progress =
        kind === 'held' ? { kind, reason: 'fees: too dear', intent } : { kind, note: 'nonce 4 is used', intent };
      settlement.included = at(1);
      settlement.confirmedState = at(0);
      expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
        kind: 'pending',
        waitingFor: expect.stringContaining('confirmations'),
        specific: { tx_hash: HASH, included_at_block: null },
      });
      settlement.confirmedState = at(1);
      expect(await handlers.stateTransition.verify(job, work())).toMatchObject({ kind: 'verified' });
      expect(alerts).toEqual([]);
    },
  );

  it('waits when a node that is behind answers after the one that showed the block settled', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'pending', note: 'nonce 4 is used', intent };
    const answers = [at(1)];
    settlement.state = async () => answers.shift() ?? at(0);
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({ kind: 'pending' });
  });

  it('does not take its own transaction for another when it is mined between two looks', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.included = at(1);
    const looks: UpdateProgress[] = [{ kind: 'pending', note: 'sent', intent }];
    settlement.track = async () =>
      looks.shift() ?? { kind: 'included', block: 12, confirmations: 1, txHash: HASH, intent };
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'pending',
      specific: { tx_hash: HASH, included_at_block: 12 },
    });
  });

  it('stops when another settled the block with another state', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'pending', note: 'nonce 4 is used', intent };
    settlement.included = { ...at(1), root: 0xbadn };
    expect((await failureOf(handlers.stateTransition.verify(job, work()))).code).toBe('SETTLEMENT_CONFLICT');
  });

  it('is rejected with the reason of a revert', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'reverted', reason: 'INVALID_PREV_BLOCK_NUMBER', intent };
    expect(await handlers.stateTransition.verify(job, work())).toEqual({
      kind: 'rejected',
      reason: 'The state update of block 1 was refused by the core contract: INVALID_PREV_BLOCK_NUMBER',
    });
  });

  it('is verified when it reverted because the contract has the block already', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'reverted', reason: 'INVALID_PREV_BLOCK_NUMBER', intent };
    settlement.included = at(1);
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({ kind: 'verified' });
  });

  it('stops when the transaction is confirmed but the contract has another state', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'confirmed', block: 12, gasUsed: 1n, txHash: HASH, intent };
    settlement.included = { ...at(1), root: 0xbadn };
    expect((await failureOf(handlers.stateTransition.verify(job, work()))).code).toBe('SETTLEMENT_CONFLICT');
  });

  it('waits while the contract does not show a confirmed transaction yet', async () => {
    const { handlers, settlement, job, intent } = await submitted();
    settlement.progress = { kind: 'confirmed', block: 12, gasUsed: 1n, txHash: HASH, intent };
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'pending',
      waitingFor: expect.stringContaining('stands at 0'),
    });
  });

  it('is rejected when neither a transaction nor the contract knows the block', async () => {
    const { handlers, job } = await submitted();
    expect(await handlers.stateTransition.verify(job, work())).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('block 1'),
    });
  });
});
