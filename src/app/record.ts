import { resolve } from 'node:path';
import { systemClock, systemEntropy } from '../clock/system-clock.ts';
import { recordChain } from '../devnet/recorder/record-chain.ts';
import { JsonRpcStarknetNode } from '../starknet/rpc/json-rpc-starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import type { ProgramIo } from './program-io.ts';

export interface RecordRequest {
  readonly rpc: string;
  /** First and last block, both included. */
  readonly from: number;
  readonly to: number;
  readonly out: string;
}

const LINE_EVERY_BLOCKS = 10;
const INTERRUPTED = 130;

/** The `record` command: copies blocks from a node into a folder, showing how far it is. Goes on where it was broken off. */
export async function recordFromNode(request: RecordRequest, log: Log, io: ProgramIo): Promise<number> {
  const out = resolve(request.out);
  const node = new JsonRpcStarknetNode({
    url: request.rpc,
    clock: systemClock,
    entropy: systemEntropy,
    log,
    signal: io.stop,
  });
  const summary = await untilStopped(io.stop, () =>
    recordChain({
      node,
      from: request.from,
      to: request.to,
      out,
      signal: io.stop,
      onProgress: ({ block, done, total, lookups }) => {
        const line = `block ${block}: ${done} of ${total} blocks, ${lookups} look-ups`;
        if (io.terminal) io.redraw([line]);
        else if (done % LINE_EVERY_BLOCKS === 0) io.print(line);
      },
    }),
  );
  if (summary === undefined) {
    io.print('Stopped: the same command goes on where this one was.');
    return INTERRUPTED;
  }
  io.print(
    `Recorded ${summary.recorded} blocks (${summary.resumed} were there already), blocks ${summary.firstBlock} to ${summary.lastBlock}, with ${summary.lookups} look-ups, in ${out}`,
  );
  if (summary.messagesUnknown) io.print('The node does not tell messages between the layers: none were assumed.');
  return 0;
}

/** What comes of the work, or undefined when it failed because it was stopped. */
async function untilStopped<T>(stop: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!stop.aborted) throw error;
    return undefined;
  }
}
