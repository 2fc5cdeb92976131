import type { Crash, TracedPoint } from './crash-matrix.ts';

const SIDES = ['before', 'after'] as const;

/** Where a transaction is persisted, broadcast, found and committed. */
const TRANSACTION_EDGES = [
  'IntentStore.putIfAbsent',
  'EthereumClient.sendRawTransaction',
  'IntentStore.replace',
  'EthereumClient.receipt',
  'JobStore.commit',
];

/** Both sides of every point, and those around the transaction once more with it still in the pool. */
export function everyCrash(points: readonly TracedPoint[]): Crash[] {
  const crashes = points.flatMap((point) => SIDES.map((side): Crash => ({ point, side })));
  return [...crashes, ...crashes.filter(isTransactionEdge).map((crash): Crash => ({ ...crash, unmined: true }))];
}

/**
 * A fixed choice of steady points: both sides of persisting and of broadcasting the transaction, the latter with it still
 * in the pool, then one port after the other, each time with its next method, the sides in turn.
 */
export function sampleOf(points: readonly TracedPoint[], size: number): Crash[] {
  const steady = points.filter((point) => point.steady);
  const settling = steady
    .filter(
      ({ context, call }) => context === 'StateTransition/process' && TRANSACTION_EDGES.slice(0, 2).includes(call),
    )
    .flatMap((point) =>
      SIDES.map((side): Crash => ({ point, side, unmined: point.call.startsWith('EthereumClient') })),
    );
  const chosen = new Set(settling.map(({ point }) => point.id));
  const queues = new Map<string, TracedPoint[][]>();
  for (const points of byCall(steady.filter(({ id }) => !chosen.has(id)))) {
    const port = points[0]?.call.split('.')[0] ?? '';
    queues.set(port, [...(queues.get(port) ?? []), points]);
  }
  const sample = [...settling];
  for (let round = 0; sample.length < size && queues.size > 0; round += 1) {
    for (const [port, methods] of queues) {
      const next = methods.shift();
      // The middle one of its points: the first are often those of the start.
      const point = next?.splice(Math.floor(next.length / 2), 1)[0];
      if (next !== undefined && next.length > 0) methods.push(next);
      if (methods.length === 0) queues.delete(port);
      if (point !== undefined && sample.length < size)
        sample.push({ point, side: SIDES[(sample.length + round) % 2] ?? 'before' });
    }
  }
  return sample;
}

function byCall(points: readonly TracedPoint[]): TracedPoint[][] {
  const groups = Map.groupBy(points, ({ call }) => call);
  return [...groups.values()];
}

function isTransactionEdge({ point }: Crash): boolean {
  return point.context.startsWith('StateTransition') && TRANSACTION_EDGES.includes(point.call);
}
