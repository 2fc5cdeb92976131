import { parseAbi } from 'viem';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import type { Infrastructure } from '../../src/app/infrastructure.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { QUEUE_NAMES } from '../../src/queues/queue.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { FIRST_BLOCK, LAST_BLOCK, type Lane, type Stage } from './stage.ts';

const abi = parseAbi([
  'function stateRoot() view returns (uint256)',
  'function stateBlockNumber() view returns (int256)',
  'function stateBlockHash() view returns (uint256)',
  'event LogStateUpdate(uint256 globalRoot, int256 blockNumber, uint256 blockHash)',
  'event LogMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload)',
]);

const BLOCKS = Array.from({ length: LAST_BLOCK - FIRST_BLOCK + 1 }, (_, index) => FIRST_BLOCK + index);
const TYPES = ['SnosRun', 'ProofCreation', 'DataSubmission', 'StateTransition'] as const;

/** What differs from "every block settled once, nothing left behind"; empty when all is well. */
export async function findFaults(stage: Stage, lane: Lane, dataDir: string): Promise<string[]> {
  const faults: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    const [a, e] = [show(actual), show(expected)];
    if (a !== e) faults.push(`${what}: ${a}, not ${e}`);
  };
  const transactions = await compareContract(stage, lane, expect);
  const infrastructure = await openEmbedded(dataDir, systemClock, systemEntropy, silentLog);
  try {
    await compareJobs(infrastructure, transactions, expect);
  } finally {
    await infrastructure.close();
  }
  return faults;
}

type Expect = (what: string, actual: unknown, expected: unknown) => void;

/** Answers the transactions that settled the blocks, in order. */
async function compareContract({ chain }: Stage, lane: Lane, expect: Expect): Promise<string[]> {
  const { client, core, settler, nonce, deployedAt } = lane;
  const read = (functionName: 'stateRoot' | 'stateBlockNumber' | 'stateBlockHash') =>
    client.readContract({ address: core, abi, functionName });
  const last = chain.header(LAST_BLOCK);
  expect('state root', await read('stateRoot'), last.newRoot);
  expect('block number', await read('stateBlockNumber'), BigInt(LAST_BLOCK));
  expect('block hash', await read('stateBlockHash'), last.hash);
  const events = { address: core, abi, fromBlock: deployedAt, strict: true } as const;
  const updates = await client.getContractEvents({ ...events, eventName: 'LogStateUpdate' });
  expect(
    'state updates',
    updates.map(({ args }) => Number(args.blockNumber)),
    BLOCKS,
  );
  const messages = await client.getContractEvents({ ...events, eventName: 'LogMessageToL1' });
  expect(
    'messages to L1',
    messages.map(({ args }) => args.payload),
    BLOCKS.flatMap((block) => (chain.messages(block)?.toL1 ?? []).map(({ payload }) => payload)),
  );
  // The key sends nothing else, so that its count is that of all its transactions, the refused ones too.
  for (const blockTag of ['latest', 'pending'] as const) {
    const sent = (await client.getTransactionCount({ address: settler, blockTag })) - nonce;
    expect(`transactions of the settlement key (${blockTag})`, sent, BLOCKS.length);
  }
  return updates.map(({ transactionHash }) => transactionHash);
}

async function compareJobs(
  infrastructure: Infrastructure,
  transactions: readonly string[],
  expect: Expect,
): Promise<void> {
  const { store, intents, queues, objects } = infrastructure;
  const jobs = await store.list({ limit: 100 });
  const wanted = BLOCKS.flatMap((block) => TYPES.map((type) => `${block} ${type} Completed`));
  const found = jobs.map(({ internal_id, job_type, status }) => `${internal_id} ${job_type} ${status}`);
  expect('jobs', found.toSorted(), wanted.toSorted());
  expect(
    'leases',
    jobs.filter(({ lease }) => lease !== null).map(({ id }) => id),
    [],
  );
  expect(
    'owed',
    jobs
      .filter(({ outbox, next_action_at }) => outbox.entries.length > 0 || next_action_at !== null)
      .map(({ id }) => id),
    [],
  );
  const hashes = jobs.flatMap(({ metadata: { specific } }) =>
    specific.type === 'StateUpdate' ? [specific.tx_hash] : [],
  );
  expect('transactions of the jobs', hashes, transactions);
  const records = (await intents.list({ first: FIRST_BLOCK, last: LAST_BLOCK })).toSorted(
    (a, b) => a.first_block - b.first_block,
  );
  expect(
    'intents',
    records.map((intent) => [intent.first_block, intent.state]),
    BLOCKS.map((block) => [block, 'confirmed']),
  );
  for (const [index, { variants }] of records.entries()) {
    // Slow machines see replacements with higher fees: of one nonce only one can be mined, and it must be one of them.
    expect('nonces of an intent', new Set(variants.map(({ nonce }) => nonce)).size, 1);
    expect(
      'own transaction',
      variants.some(({ hash }) => hash === transactions[index]),
      true,
    );
  }
  for (const name of QUEUE_NAMES) {
    // Trigger words pile up by design. A wake-up of a finished job may still be under way; it is refused when it comes.
    const { ready, delayed, inFlight } = await queues.queue(name).depth();
    if (name === 'job_handle_failure') expect('failure queue', ready + delayed + inFlight, 0);
  }
  // Reading checks the content hash of each.
  const keys = await objects.list('');
  for (const key of keys) await objects.get(key);
  const artifacts = keys.filter((key) => !key.includes('/settlement_tx/'));
  const names = ['blob_data.txt', 'cairo_pie.zip', 'program_output.txt', 'snos_output.json'];
  expect(
    'artifacts',
    artifacts.toSorted(),
    BLOCKS.flatMap((block) => names.map((name) => `${block}/${name}`)),
  );
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `0x${inner.toString(16)}` : inner)) ??
    'undefined'
  );
}
