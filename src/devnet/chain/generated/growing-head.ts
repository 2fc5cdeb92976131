/** Newest block of a chain at this moment; undefined before the first one. */
export type ChainHead = () => number | undefined;

export interface GrowthOptions {
  /** Blocks that are there from the start. */
  readonly available: number;
  /** A new block appears after each such interval; without it the chain stands still. */
  readonly everyMs?: number | undefined;
  /** Blocks after which the chain stands still. */
  readonly limit?: number | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Head of a chain that grows with time, from the moment of this call on. */
export function growingHead({ available, everyMs, limit, now }: GrowthOptions): ChainHead {
  const start = now();
  return () => {
    const grown = everyMs === undefined ? 0 : Math.floor(Math.max(0, now() - start) / everyMs);
    const blocks = Math.min(available + grown, limit ?? Number.MAX_SAFE_INTEGER);
    return blocks > 0 ? blocks - 1 : undefined;
  };
}
