import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createWalletClient, type Hex, http, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { MemoryIntentStore } from '../../src/database/memory/memory-intent-store.ts';
import { ANVIL_ACCOUNTS, type DevAccount } from '../../src/devnet/anvil.ts';
import { artifactKeys } from '../../src/jobs/artifact-keys.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { VerifyOutcome } from '../../src/jobs/job-handler.ts';
import { StateTransitionHandler } from '../../src/jobs/state-transition/state-transition-handler.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { sharpFact } from '../../src/starknet/fact.ts';
import { encodeProgramOutput } from '../../src/starknet/program-output-file.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { smallChain } from '../jobs/fakes/fake-chain.ts';
import { hashKzg } from '../jobs/fakes/hash-kzg.ts';
import { afterProcess, jobFrom, withSpecific, work } from '../jobs/fakes/jobs.ts';
import { LocalSettlement, PROGRAM_HASH, stateOf, updateOf } from './local-settlement.ts';

const BLOCK = 10;
const TUNING = { confirmations: 2, maxFeeBumps: 1 };
const [ours, other] = ANVIL_ACCOUNTS;

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
let alerts: string[];
let job: Job;

beforeAll(async () => {
  local = await LocalSettlement.start();
  await local.registerFact(await updateOf(BLOCK));
  const governor = createWalletClient({
    account: privateKeyToAccount(ours.privateKey),
    transport: http(local.anvil.url, { timeout: 120_000 }),
  });
  await governor.writeContract({
    address: local.core,
    abi: parseAbi(['function registerOperator(address newOperator)']),
    functionName: 'registerOperator',
    args: [other.address],
    chain: null,
    gas: 200_000n,
  });
  await local.mine();
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
  alerts = [];
  job = await storedJob();
});
afterAll(() => local?.anvil.stop());

/** The job of the block, with its artifacts in the store. */
async function storedJob(): Promise<Job> {
  const { jobId, programOutput, blobs } = await updateOf(BLOCK);
  const keys = artifactKeys(BLOCK);
  const content = Buffer.concat(blobs);
  await local.objects.put(keys.programOutput, encodeProgramOutput(programOutput));
  await local.objects.put(keys.blobData, content);
  return jobFrom({
    id: jobId,
    job_type: 'StateTransition',
    specific: {
      type: 'StateUpdate',
      start_block: BLOCK,
      end_block: BLOCK,
      num_blocks: 1,
      snos_output_path: keys.snosOutput,
      program_output_path: keys.programOutput,
      blob_data_path: keys.blobData,
      snos_fact: sharpFact(PROGRAM_HASH, programOutput),
      blob_sha256: createHash('sha256').update(content).digest('hex'),
      da_segment_path: null,
      tx_hash: null,
      tx_nonce: null,
      tx_attempts: [],
      context: { type: 'Block', to_settle: BLOCK, last_failed: null },
      storage_artifacts_tagged_at: null,
      included_at_block: null,
    },
  });
}

/** A program that knows nothing of ours and outbids it. */
async function settleElsewhere({ privateKey }: DevAccount): Promise<void> {
  const { fees } = local.settlement().tuning;
  const dear = { ...fees, priorityFeeWei: 50n * fees.priorityFeeWei, maxFeeWei: 10n ** 18n };
  const rival = local.settlement({ fees: dear }, () => ({
    signer: privateKeySigner(privateKey),
    intents: new MemoryIntentStore(),
    objects: new MemoryObjectStore(),
  }));
  await rival.submit({ ...(await updateOf(BLOCK)), signal: new AbortController().signal });
}

const handler = () =>
  new StateTransitionHandler(
    {
      settlement: local.settlement(TUNING),
      objects: local.objects,
      encoder: { node: smallChain(), kzg: hashKzg, maxBlobs: 6 },
      alerts: { send: async ({ text }) => void alerts.push(text) },
    },
    { pollMs: 1_000 },
  );

async function process(): Promise<void> {
  job = afterProcess(job, await handler().process(job, work()));
}

/** Verifies, and keeps what the engine would keep. */
async function verify(): Promise<VerifyOutcome> {
  const outcome = await handler().verify(job, work());
  if ('specific' in outcome && outcome.specific !== undefined) job = withSpecific(job, outcome.specific);
  job = { ...job, waiting_for: outcome.kind === 'pending' ? outcome.waitingFor : null };
  return outcome;
}

it('a transaction of a former program with our nonce settles the block: recognised, and done at the configured depth', async () => {
  await settleElsewhere(ours);
  await process();
  // The pool keeps the former program's, which pays more.
  expect((await verify()).kind).toBe('pending');
  await local.mine();
  expect(await local.settlement().state('included')).toEqual(stateOf(BLOCK));
  expect(await verify()).toMatchObject({ kind: 'pending', waitingFor: expect.stringContaining('confirmations') });
  await local.mine();
  expect(await verify()).toMatchObject({ kind: 'verified', specific: { included_at_block: null } });
  expect(await local.updatesOnChain(base)).toMatchObject([{ status: 'success' }]);
});

it('another operator settles the block while our transaction is held: it goes on, and is done', async () => {
  await process();
  await local.rpc('anvil_dropAllTransactions');
  await local.test().setBalance({ address: ours.address, value: 1n });
  await local.mine();
  expect(await verify()).toMatchObject({ kind: 'pending', waitingFor: expect.stringMatching(/^settlement is held/) });
  await settleElsewhere(other);
  await local.mine();
  expect(await verify()).toMatchObject({ kind: 'pending', waitingFor: expect.stringContaining('confirmations') });
  expect(alerts).toHaveLength(2);
  expect(alerts[1]).toBe('Settlement of block 10 goes on');
  await local.mine();
  expect(await verify()).toMatchObject({ kind: 'verified' });
  expect(alerts).toHaveLength(2);
});

it('our own transaction that is mined but not deep enough stays ours', async () => {
  await process();
  await local.mine();
  expect(await verify()).toMatchObject({ kind: 'pending', specific: { included_at_block: base + 1 } });
  await local.mine();
  expect(await verify()).toMatchObject({
    kind: 'verified',
    specific: { included_at_block: base + 1, tx_attempts: [{ status: 'Finalized' }] },
  });
});
