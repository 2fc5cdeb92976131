import type { IntentStore } from '../../src/database/intent-store.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import { MemoryIntentStore } from '../../src/database/memory/memory-intent-store.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { MemoryParkedMessageStore } from '../../src/database/memory/memory-parked-message-store.ts';
import type { ParkedMessageStore } from '../../src/database/parked-message-store.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { VirtualEthereum } from './ethereum/virtual-ethereum.ts';
import { Faults, type Incident } from './faults.ts';
import { Invariants } from './invariants.ts';
import { LossyQueues } from './lossy-queues.ts';
import { type KnownRuns, runsOf } from './memoised-runner.ts';
import { Prng } from './prng.ts';
import { Trace } from './trace.ts';
import { triggerMessages } from './trigger-messages.ts';
import { proverBehaviour, VirtualProver } from './virtual-prover.ts';
import { BLOCKS, type StarknetBlock, starknetChain, VirtualStarknet } from './virtual-starknet.ts';

export const MACHINES = 3;
/** Chains that runs share; each costs a second of set-up in a process. */
const CHAIN_VARIANTS = 3;
const CRON_MS = 15_000;

/** Everything outside of the machines: time, chains, stores, queues, and what goes wrong. */
export interface World {
  readonly random: Prng;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly invariants: Invariants;
  readonly confirmations: number;
  readonly ethereum: VirtualEthereum;
  readonly chain: readonly StarknetBlock[];
  readonly starknet: VirtualStarknet;
  readonly runs: KnownRuns;
  readonly prover: VirtualProver;
  readonly queues: LossyQueues;
  readonly jobs: JobStore;
  readonly locks: MemoryLockStore;
  readonly parked: ParkedMessageStore;
  readonly intents: IntentStore;
  readonly objects: ObjectStore;
}

export async function createWorld(seed: number, traceLimit: number): Promise<World> {
  const random = new Prng(seed);
  const clock = new VirtualClock({ settle: () => new Promise((resolve) => setImmediate(resolve)) });
  const start = clock.now();
  const elapsed = (): number => clock.now() - start;
  const trace = new Trace(() => clock.now(), traceLimit);
  const confirmations = random.int(1, 3);
  const faults = new Faults(random, MACHINES, confirmations, elapsed);
  const invariants: Invariants = new Invariants(() => ethereum.blocks.at(-confirmations)?.core.blockNumber ?? -1);
  const ethereum: VirtualEthereum = new VirtualEthereum(random, () => clock.now(), {
    accepted: (transaction, raw) => {
      trace.add(
        'ethereum',
        `pool takes block ${transaction.call?.output?.newBlockNumber} nonce ${transaction.body.nonce}`,
        transaction.hash,
      );
      invariants.transactionAccepted(transaction, raw);
    },
    mined: (block) => {
      const blocks = block.receipts.map(
        ({ transaction, status }) => `${transaction.call?.output?.newBlockNumber} ${status}`,
      );
      trace.add('ethereum', `block ${block.number}, contract at ${block.core.blockNumber}`, blocks.join(', '));
      invariants.mined(block);
    },
  });
  // Age before our time: the contract was deployed long ago.
  for (let i = 0; i < 8; i++) ethereum.mine();
  const variant = random.int(0, CHAIN_VARIANTS - 1);
  const chain = starknetChain(variant);
  const blockMs = random.pick([0, 2_000, 10_000]);
  const produced = (): number => (blockMs === 0 ? BLOCKS - 1 : Math.min(BLOCKS - 1, Math.floor(elapsed() / blockMs)));
  const later = (ms: number, callback: () => void): void => void clock.after(ms, callback);
  const facts = {
    register: (fact: string) => ethereum.registerFact(fact),
    isRegistered: (fact: string) => ethereum.head.facts.has(fact),
  };
  return {
    random,
    clock,
    trace,
    faults,
    invariants,
    confirmations,
    ethereum,
    chain,
    starknet: new VirtualStarknet(chain, () => produced() - faults.blocksBehind()),
    runs: await runsOf(variant),
    prover: new VirtualProver(
      () => clock.now(),
      later,
      facts,
      proverBehaviour(random, () => (faults.calm ? 0 : faults.proverFailures)),
    ),
    queues: new LossyQueues(clock, random, () => faults.messageFaults()),
    jobs: new MemoryJobStore(),
    locks: new MemoryLockStore(clock),
    parked: new MemoryParkedMessageStore(),
    intents: invariants.watchIntents(new MemoryIntentStore()),
    objects: invariants.watchObjects(new MemoryObjectStore()),
  };
}

/** Lets Ethereum make blocks, cron send its words, and the incidents happen. */
export function startWorld(world: World, onMachine: (incident: Incident & { machine: number }) => void): void {
  const { clock, faults, ethereum, queues, trace, random } = world;
  const every = (ms: number, action: () => void): void => {
    const again = (): void => {
      action();
      clock.after(ms, again);
    };
    clock.after(ms, again);
  };
  every(random.pick([2_000, 6_000, 12_000]), () => {
    ethereum.emptyBlocks = faults.calm ? 0 : faults.emptyBlocks;
    ethereum.mine();
  });
  every(CRON_MS, () => void queues.send('worker_trigger', triggerMessages()));
  for (const incident of faults.incidents) {
    clock.after(incident.at, () => {
      const { kind, at: _, ...details } = incident;
      trace.add('world', `INCIDENT ${kind}`, details);
      switch (incident.kind) {
        case 'freeze':
        case 'crash':
          return onMachine(incident);
        case 'queues-lost':
          return queues.loseEverything();
        case 'reorg':
          return ethereum.reorg(incident.depth, incident.vanish);
        case 'pool-forgets':
          return ethereum.forgetFromPool();
        case 'fee-spike':
          return spike(world, incident.times, incident.ms);
      }
    });
  }
}

function spike({ clock, ethereum }: World, times: bigint, ms: number): void {
  ethereum.baseFee *= times;
  ethereum.blobBaseFee *= times;
  clock.after(ms, () => {
    ethereum.baseFee /= times;
    ethereum.blobBaseFee /= times;
  });
}
