import type { AlertSink } from '../../src/alerts/alert-sink.ts';
import { Instance } from '../../src/app/instance.ts';
import type { IntentStore } from '../../src/database/intent-store.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import { DataSubmissionHandler } from '../../src/jobs/data-submission/data-submission-handler.ts';
import { engineSettings } from '../../src/jobs/engine-settings.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { JobHandler } from '../../src/jobs/job-handler.ts';
import { ProofCreationHandler } from '../../src/jobs/proving/proof-creation-handler.ts';
import { RangePlanner, type RangeSettings } from '../../src/jobs/range-planner.ts';
import { knownHashes } from '../../src/jobs/snos/known-hashes.ts';
import { SnosRunHandler } from '../../src/jobs/snos/snos-run-handler.ts';
import {
  StateTransitionHandler,
  type StateTransitionPorts,
} from '../../src/jobs/state-transition/state-transition-handler.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumSettlement } from '../../src/settlement/ethereum/ethereum-settlement.ts';
import { DEFAULT_SETTLEMENT_TUNING, type SettlementTuning } from '../../src/settlement/ethereum/transaction-options.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import type { SnosRunner } from '../../src/snos/snos-runner.ts';
import { CORE_CONTRACT } from './ethereum/virtual-ethereum.ts';
import { VirtualEthereumClient } from './ethereum/virtual-ethereum-client.ts';
import { hashKzg, memoisedComputer } from './hash-kzg.ts';
import { Machine } from './machine.ts';
import { LONGEST_RANGE, MAX_BLOBS, memoisedPies } from './memoised-runner.ts';
import { BLOCKS } from './virtual-starknet.ts';
import { MACHINES, type World } from './world.ts';

/** Parts of an instance that a deliberately broken engine has otherwise. */
export interface Sabotage {
  /** Below what the invariants watch: the database itself. */
  readonly database?: (store: JobStore) => JobStore;
  /** Above it: what the program makes of the database. */
  readonly store?: (store: JobStore) => JobStore;
  readonly intents?: (intents: IntentStore) => IntentStore;
  readonly client?: (client: EthereumClient) => EthereumClient;
  readonly stateTransition?: (ports: StateTransitionPorts, world: World) => JobHandler;
  readonly onProgress?: (job: Job, instance: Instance, world: World) => void;
}

const POLL_MS = { prover: 5_000, settlement: 3_000 };
const RECONCILE_MS = 10_000;
/** As the planner of ranges is told; what really fits is not this simulation's subject. */
const WORDS_A_BLOCK = 10;
const SIGNER = privateKeySigner(`0x${'11'.repeat(32)}`);

/** The machines, with an instance of the real program on each; one that dies is replaced by a new one after a while. */
export class Cluster {
  readonly #world: World;
  readonly #sabotage: Sabotage;
  readonly #machines: Machine[] = [];
  readonly #concurrency: number;
  readonly #bufferSize: number;
  readonly #ranges: RangeSettings;
  readonly #tuning: SettlementTuning;
  #started = 0;

  constructor(world: World, sabotage: Sabotage) {
    this.#world = world;
    this.#sabotage = sabotage;
    this.#concurrency = world.random.pick([1, 3, 10]);
    this.#bufferSize = world.random.pick([3, 50]);
    // Half of the runs settle blocks one by one, the others in ranges that end for every reason there is.
    this.#ranges = {
      maxBlocks: world.random.pick([1, 1, 2, LONGEST_RANGE]),
      maxAgeMs: world.random.pick([0, 20_000, 120_000]),
      maxWords: world.random.pick([2 * WORDS_A_BLOCK, 100 * WORDS_A_BLOCK]),
    };
    this.#tuning = {
      ...DEFAULT_SETTLEMENT_TUNING,
      confirmations: world.confirmations,
      fees: { ...DEFAULT_SETTLEMENT_TUNING.fees, maxFeeWei: world.random.pick([10n ** 16n, 10n ** 18n]) },
      resendAfterMs: world.random.pick([15_000, 120_000]),
      resendAfterBlocks: world.random.pick([2, 10]),
    };
  }

  start(): void {
    for (let place = 0; place < MACHINES; place++) this.#boot(place);
  }

  machine(place: number): Machine | undefined {
    return this.#machines[place];
  }

  /** Ends all programs, so that nothing of this run goes on. */
  stop(): void {
    for (const machine of this.#machines) machine.crash();
  }

  #boot(place: number): void {
    const { clock, trace, faults } = this.#world;
    this.#started += 1;
    const machine = new Machine(`i${place}.${this.#started}`, faults.skewMs(), clock, trace, {
      fateOf: (asking, port, method) => faults.fateOf(asking, port, method),
      died: () => clock.after(faults.restartMs(), () => this.#boot(place)),
    });
    this.#machines[place] = machine;
    trace.add(machine.name, 'START');
    void this.#instance(machine).start();
  }

  #instance(machine: Machine): Instance {
    const { random, trace, jobs, locks, parked, intents, objects, queues, invariants, ethereum, starknet, faults } =
      this.#world;
    const sabotage = this.#sabotage;
    const { clock } = machine;
    const log = trace.log(machine.name);
    const entropy = { random: () => random.random(), uuid: () => random.uuid() };
    const watched = invariants.watchStore(sabotage.database?.(jobs) ?? jobs, machine);
    const store = machine.port('store', sabotage.store?.(watched) ?? watched);
    const objectStore = machine.port('objects', objects);
    const node = machine.port('node', starknet);
    const client = machine.port<EthereumClient>(
      'ethereum',
      new VirtualEthereumClient(ethereum, () => faults.blocksBehind()),
    );
    const alerts = machine.port<AlertSink>('alerts', {
      send: async ({ text }) => trace.add(machine.name, 'ALERT', text.slice(0, 200)),
    });
    const settlement = new EthereumSettlement(
      {
        client: sabotage.client?.(client) ?? client,
        kzg: hashKzg,
        intents: machine.port('intents', sabotage.intents?.(intents) ?? intents),
        objects: objectStore,
        clock,
        log,
        signer: SIGNER,
        coreContract: CORE_CONTRACT,
      },
      this.#tuning,
    );
    const encoder = { node, kzg: hashKzg, maxBlobs: MAX_BLOBS, computer: memoisedComputer };
    const stateTransition: StateTransitionPorts = { settlement, objects: objectStore, encoder, alerts };
    const instance: Instance = new Instance({
      store,
      locks: machine.port('locks', locks),
      parked: machine.port('parked', parked),
      queues: queues.on(machine),
      alerts,
      scheduler: { start: async () => undefined, stop: async () => undefined },
      handlers: {
        SnosRun: new SnosRunHandler(
          {
            node,
            runner: machine.port('runner', this.#runner()),
            objects: objectStore,
            kzg: hashKzg,
            settlement,
            knownHashOf: knownHashes(store, settlement),
            computer: memoisedComputer,
            pies: memoisedPies,
          },
          { maxBlobs: MAX_BLOBS },
        ),
        ProofCreation: new ProofCreationHandler(
          { prover: machine.port('prover', this.#world.prover) },
          { pollMs: POLL_MS.prover },
        ),
        DataSubmission: new DataSubmissionHandler({ encoder, objects: objectStore, settlement }),
        StateTransition:
          sabotage.stateTransition?.(stateTransition, this.#world) ??
          new StateTransitionHandler(stateTransition, { pollMs: POLL_MS.settlement }),
      },
      chain: {
        head: () => node.latestBlockNumber(),
        position: async () => (await settlement.state('confirmed')).blockNumber,
      },
      ranges: new RangePlanner({
        sizes: {
          header: (block) => node.blockHeader(block),
          wordBound: async () => WORDS_A_BLOCK,
          encodedBound: (words) => words,
          messages: async () => ({ words: 0, gas: 0 }),
          words: async ({ first, last }) => WORDS_A_BLOCK * (last - first + 1),
        },
        clock,
        log,
        settings: this.#ranges,
      }),
      clock,
      entropy,
      log,
      engine: engineSettings({
        instance: machine.name,
        version: '0.0.0-simulated',
        concurrency: () => this.#concurrency,
      }),
      planner: { bufferSize: this.#bufferSize, minBlock: 0, maxBlock: BLOCKS - 1 },
      reconcileMs: RECONCILE_MS,
      onProgress: (job) => {
        trace.add(machine.name, `${job.job_type} ${job.internal_id} is ${job.status}`);
        sabotage.onProgress?.(job, instance, this.#world);
      },
    });
    return instance;
  }

  #runner(): SnosRunner {
    const { clock, faults, runs } = this.#world;
    return {
      run: async ({ range }) => {
        await clock.sleep(faults.runMs());
        if (faults.runFails(range.first)) throw new Error('the run broke off');
        const result = runs.of(range);
        if (result === undefined) throw new Error(`no run of blocks ${range.first} to ${range.last}`);
        return result;
      },
    };
  }
}
