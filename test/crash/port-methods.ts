import type { IntentStore } from '../../src/database/intent-store.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import type { LockStore } from '../../src/database/lock-store.ts';
import type { FactRegistrar } from '../../src/provers/fact-registry.ts';
import type { Prover } from '../../src/provers/prover.ts';
import type { Queue, QueueSet } from '../../src/queues/queue.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import type { Settlement } from '../../src/settlement/settlement.ts';
import type { SnosRunner } from '../../src/snos/snos-runner.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

/** Every port between the program and what outlives it. A method that is added to a port must be added here. */
interface Ports {
  readonly JobStore: JobStore;
  readonly QueueSet: QueueSet;
  readonly Queue: Queue;
  readonly ObjectStore: ObjectStore;
  readonly IntentStore: IntentStore;
  readonly LockStore: LockStore;
  readonly StarknetNode: StarknetNode;
  readonly SnosRunner: SnosRunner;
  readonly Prover: Prover;
  readonly FactRegistrar: FactRegistrar;
  readonly Settlement: Settlement;
  readonly EthereumClient: EthereumClient;
}

export type PortName = keyof Ports;

type MethodName<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T];

const METHODS: { readonly [P in PortName]: { readonly [M in MethodName<Ports[P]>]: true } } = {
  JobStore: {
    insert: true,
    commit: true,
    get: true,
    find: true,
    latest: true,
    list: true,
    due: true,
    counts: true,
    identity: true,
    claimIdentity: true,
    close: true,
  },
  QueueSet: { queue: true, close: true },
  Queue: { send: true, receive: true, setVisibility: true, delete: true, depth: true },
  ObjectStore: { put: true, get: true, stream: true, head: true, delete: true, list: true },
  IntentStore: { putIfAbsent: true, get: true, replace: true, list: true },
  LockStore: { acquire: true, release: true, removeClaims: true },
  StarknetNode: {
    chainId: true,
    latestBlockNumber: true,
    blockHeader: true,
    stateUpdate: true,
    blockMessages: true,
    nonces: true,
    storage: true,
    classHashes: true,
  },
  SnosRunner: { run: true },
  Prover: { submit: true, status: true },
  FactRegistrar: { isValid: true, register: true },
  Settlement: { chainId: true, state: true, parameters: true, settledAt: true, submit: true, track: true },
  EthereumClient: {
    chainId: true,
    block: true,
    blobBaseFee: true,
    transactionCount: true,
    balance: true,
    transaction: true,
    receipt: true,
    call: true,
    sendRawTransaction: true,
    logs: true,
  },
};

/** `Port.method` of every method of every port. */
export const PORT_METHODS: readonly string[] = Object.entries(METHODS).flatMap(([port, methods]) =>
  Object.keys(methods).map((method) => `${port}.${method}`),
);
