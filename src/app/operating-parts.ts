import type { AlertSink } from '../alerts/alert-sink.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { ChainView } from '../jobs/planner.ts';
import { RangePlanner, type RangeSettings } from '../jobs/range-planner.ts';
import type { Prover } from '../provers/prover.ts';
import type { Settlement } from '../settlement/settlement.ts';
import type { SnosRunner } from '../snos/snos-runner.ts';
import { WORDS_PER_BLOB } from '../starknet/blob.ts';
import type { DaComputer } from '../starknet/da-computer.ts';
import type { Kzg } from '../starknet/kzg.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import { blockSizes } from './block-sizes.ts';
import { jobHandlers } from './handlers.ts';
import type { Infrastructure } from './infrastructure.ts';
import type { OperatingParts } from './operate.ts';

/** The systems that a start is connected to, as ports, and how often to look at them. */
export interface Connected {
  /** Name of this instance in leases and logs. */
  readonly instance: string;
  readonly infrastructure: Infrastructure;
  /** Takes the alerts of handlers; default: the infrastructure's, for which they wait. */
  readonly handlerAlerts?: AlertSink;
  /** Dependencies whose outages somebody else tells. */
  readonly toldElsewhere?: ReadonlySet<string>;
  readonly node: StarknetNode;
  readonly runner: SnosRunner;
  readonly prover: Prover;
  readonly settlement: Settlement;
  readonly kzg: Kzg;
  readonly computer: DaComputer;
  /**
   * Where the contract stood when a new database was started, else -1: at the configured depth it may not have existed
   * yet, and the first block must not be taken from there.
   */
  readonly floor: number;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Milliseconds between looks at the prover and at the settlement layer. */
  readonly pollMs: number;
  /** Milliseconds between passes of the reconciler. */
  readonly reconcileMs: number;
}

/** What the program works with, made of what it is connected to. */
export function operatingParts(config: RunConfig, connected: Connected): OperatingParts {
  const { instance, infrastructure, node, runner, prover, settlement, kzg, clock, entropy, log } = connected;
  const { computer, pollMs, reconcileMs, toldElsewhere } = connected;
  const alerts = connected.handlerAlerts ?? infrastructure.alerts;
  return {
    instance,
    infrastructure,
    ...(toldElsewhere && { toldElsewhere }),
    handlers: jobHandlers({
      infrastructure: { ...infrastructure, alerts },
      node,
      runner,
      prover,
      settlement,
      kzg,
      computer,
      clock,
      maxBlobs: config.ranges.maxBlobs,
      daEncoding: config.daEncoding,
      pollMs: { prover: pollMs, settlement: pollMs },
    }),
    chain: chainView(node, settlement, connected.floor),
    ranges: new RangePlanner({
      sizes: blockSizes(node, config.daEncoding, computer),
      clock,
      log,
      settings: rangeSettings(config),
    }),
    clock,
    entropy,
    log,
    reconcileMs,
  };
}

/** What a range may hold, in the planner's terms. */
function rangeSettings({ ranges }: Pick<RunConfig, 'ranges'>): RangeSettings {
  return {
    maxBlocks: ranges.maxBlocks,
    maxAgeMs: ranges.maxAgeSeconds * 1000,
    maxWords: ranges.maxBlobs * WORDS_PER_BLOB - ranges.freeWords,
  };
}

/** What the planner sees of the two chains. */
function chainView(node: StarknetNode, settlement: Settlement, floor: number): ChainView {
  return {
    head: () => node.latestBlockNumber(),
    position: async () => Math.max((await settlement.state('confirmed')).blockNumber, floor),
  };
}
