import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { BlockHeader, BlockMessages, StarknetNode } from '../../starknet/starknet-node.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';
import type { RecordedBlock, RecordingManifest, ValuesBefore } from '../chain/recorded-block.ts';
import { readBlock, readManifest, writeBlock, writeManifest } from '../chain/recording-folder.ts';
import { type BlockLookups, LookupPlanner } from './block-lookups.ts';

export interface RecordOptions {
  readonly node: StarknetNode;
  /** First and last block, both included. */
  readonly from: number;
  readonly to: number;
  /** Folder; made when it does not exist. One that holds a part of the same recording is completed. */
  readonly out: string;
  readonly onProgress?: (progress: RecordProgress) => void;
  readonly signal?: AbortSignal;
  /** Blocks that are asked for ahead of the one being written; default 8. */
  readonly ahead?: number;
}

export interface RecordProgress {
  /** Block that was written last. */
  readonly block: number;
  /** Blocks of the recording that are on disk. */
  readonly done: number;
  readonly total: number;
  /** State look-ups made so far by this call. */
  readonly lookups: number;
}

export interface RecordSummary {
  readonly chainId: bigint;
  readonly firstBlock: number;
  readonly lastBlock: number;
  /** Blocks that were on disk already. */
  readonly resumed: number;
  readonly recorded: number;
  readonly lookups: number;
  /** True when the node could not tell the messages of a block. */
  readonly messagesUnknown: boolean;
}

interface FetchedBlock {
  readonly header: BlockHeader;
  readonly update: StateUpdate;
  readonly messages: BlockMessages;
}

/**
 * Records a stretch of a chain into a folder that `serveChain` can serve. Every look-up that the pipeline makes later is made
 * now, so that a node which cannot answer it (a pruned one) fails here. Stopped at any point, it goes on there the next time.
 *
 * @throws OrchestratorError USAGE for a range that makes no sense or a folder with another recording; BLOCK_NOT_FOUND when the
 *   node is not that far; CHAIN_BROKEN when a block does not stand on the one before it; whatever the node fails with
 */
export async function recordChain(options: RecordOptions): Promise<RecordSummary> {
  const { node, out, from, signal } = options;
  mustBeRange(options);
  const chainId = await node.chainId();
  const existing = await readManifest(out);
  if (existing !== undefined) mustBeSameRecording(out, existing, chainId, from);

  const planner = new LookupPlanner(from);
  let previous = await takeIn(out, from, planner);
  const resumed = previous === undefined ? 0 : previous.header.number - from + 1;
  if (previous !== undefined) await mustBeSameChain(node, previous.header);

  const to = Math.max(options.to, from + resumed - 1);
  await mustReach(node, to);
  const manifest: RecordingManifest = { chainId, firstBlock: from, lastBlock: to, complete: false };
  if (from + resumed <= to) await writeManifest(out, manifest);

  let lookups = 0;
  let messagesUnknown = resumed > 0 && previous?.messages === undefined;
  for await (const fetched of fetchInOrder(node, from + resumed, to, options.ahead ?? 8)) {
    signal?.throwIfAborted();
    mustFollow(previous, fetched);
    const plan = planner.plan(fetched.header, fetched.update);
    const before = await lookUp(node, from - 1, fetched.header.number, plan);
    const { toL1, toL2, assumed } = fetched.messages;
    const block: RecordedBlock = {
      header: fetched.header,
      update: fetched.update,
      messages: assumed ? undefined : { toL1, toL2 },
      before,
    };
    await writeBlock(out, block);
    previous = block;
    messagesUnknown ||= assumed;
    lookups += plan.slots.length + plan.classes.length + plan.nonces.length;
    options.onProgress?.({
      block: block.header.number,
      done: block.header.number - from + 1,
      total: to - from + 1,
      lookups,
    });
  }
  await writeManifest(out, { ...manifest, complete: true });
  return {
    chainId,
    firstBlock: from,
    lastBlock: to,
    resumed,
    recorded: to - from + 1 - resumed,
    lookups,
    messagesUnknown,
  };
}

/** Newest block of those that are on disk without a gap. */
async function takeIn(out: string, from: number, planner: LookupPlanner): Promise<RecordedBlock | undefined> {
  let newest: RecordedBlock | undefined;
  for (let number = from; ; number++) {
    const block = await readBlock(out, number);
    if (block === undefined) return newest;
    mustFollow(newest, block);
    planner.skip(block);
    newest = block;
  }
}

/** The node is asked for some blocks ahead, since most of the time goes by waiting for it. */
async function* fetchInOrder(
  node: StarknetNode,
  from: number,
  to: number,
  ahead: number,
): AsyncGenerator<FetchedBlock> {
  const underWay: Promise<FetchedBlock>[] = [];
  for (let next = from; next <= to || underWay.length > 0; ) {
    while (next <= to && underWay.length < Math.max(1, ahead)) {
      const fetching = fetchBlock(node, next++);
      // Its failure is reported when its turn comes; until then it must not count as unhandled.
      fetching.catch(() => undefined);
      underWay.push(fetching);
    }
    const first = underWay.shift();
    if (first !== undefined) yield await first;
  }
}

async function fetchBlock(node: StarknetNode, block: number): Promise<FetchedBlock> {
  const [header, update, messages] = await Promise.all([
    node.blockHeader(block),
    node.stateUpdate(block),
    node.blockMessages(block),
  ]);
  return { header, update, messages };
}

async function lookUp(node: StarknetNode, before: number, block: number, plan: BlockLookups): Promise<ValuesBefore> {
  const [values, classes, nonces] = await Promise.all([
    plan.slots.length === 0 ? [] : node.storage(before, plan.slots),
    plan.classes.length === 0 ? [] : node.classHashes(before, plan.classes),
    plan.nonces.length === 0 ? [] : node.nonces(block, plan.nonces),
  ]);
  return {
    storage: plan.slots.map((slot, index) => ({ ...slot, value: answered(values[index], 'storage', block) })),
    classes: plan.classes.map((address, index) => ({ address, classHash: classes[index] })),
    nonces: plan.nonces.map((address, index) => ({ address, nonce: answered(nonces[index], 'nonces', block) })),
  };
}

function answered(value: bigint | undefined, what: string, block: number): bigint {
  if (value !== undefined) return value;
  throw new OrchestratorError('NODE_ANSWER_INVALID', `The node left out ${what} that block ${block} needs`, {
    context: { block, what },
  });
}

function mustFollow(previous: FetchedBlock | RecordedBlock | undefined, block: FetchedBlock | RecordedBlock): void {
  if (previous === undefined) return;
  const { number, parentHash } = block.header;
  if (parentHash !== previous.header.hash)
    throw broken(number, 'parent hash', parentHash, 'hash', previous.header.hash);
  if (block.update.oldRoot !== previous.update.newRoot)
    throw broken(number, 'old root', block.update.oldRoot, 'new root', previous.update.newRoot);
}

function broken(block: number, what: string, found: bigint, of: string, wanted: bigint): OrchestratorError {
  const message = `Block ${block} has the ${what} ${feltToHex(found)}, but the ${of} of block ${block - 1} is ${feltToHex(wanted)}`;
  return new OrchestratorError('CHAIN_BROKEN', message, { context: { block, what } });
}

/** A node of another chain, or a reorganised one, would continue the folder with blocks that do not belong to it. */
async function mustBeSameChain(node: StarknetNode, recorded: BlockHeader): Promise<void> {
  const { hash } = await node.blockHeader(recorded.number);
  if (hash === recorded.hash) return;
  throw new OrchestratorError(
    'CHAIN_BROKEN',
    `Block ${recorded.number} has the hash ${feltToHex(hash)} on the node, but ${feltToHex(recorded.hash)} in the folder`,
    { context: { block: recorded.number }, hint: 'Record into an empty folder.' },
  );
}

async function mustReach(node: StarknetNode, to: number): Promise<void> {
  const latest = await node.latestBlockNumber();
  if (latest !== undefined && latest >= to) return;
  throw new OrchestratorError(
    'BLOCK_NOT_FOUND',
    `The node has ${latest === undefined ? 'no blocks yet' : `blocks up to ${latest}`}, not ${to}`,
    {
      retry: 'transient',
      context: { latest: latest ?? null, to },
    },
  );
}

function mustBeRange({ from, to }: RecordOptions): void {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && 0 <= from && from <= to) return;
  throw new OrchestratorError('USAGE', `Blocks ${from} to ${to} are no range of blocks`, {
    hint: 'Give two block numbers, the lower one first.',
  });
}

function mustBeSameRecording(out: string, existing: RecordingManifest, chainId: bigint, from: number): void {
  if (existing.chainId === chainId && existing.firstBlock === from) return;
  throw new OrchestratorError(
    'USAGE',
    `${out} holds a recording of chain ${feltToHex(existing.chainId)} from block ${existing.firstBlock}; asked for is chain ${feltToHex(chainId)} from block ${from}`,
    { context: { folder: out }, hint: 'Choose another folder.' },
  );
}
