import type { Clock } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { MAX_RANGE_MESSAGES, type MessageSize } from '../starknet/message-size.ts';
import type { Log } from '../telemetry/log.ts';
import type { BlockRange } from './job.ts';

/** What the planner of ranges asks about blocks that exist. */
export interface BlockSizes {
  /** Starknet version and time (Unix seconds) of a block. */
  header(block: number): Promise<{ readonly starknetVersion: string; readonly timestamp: number }>;
  /** Upper bound of the words that a block adds to a range's difference before compression; cheap. */
  wordBound(block: number): Promise<number>;
  /** Upper bound of what so many words take once they are encoded: compression can lengthen, if only a little. */
  encodedBound(words: number): number;
  /** What a block's messages take of the state update. */
  messages(block: number): Promise<MessageSize>;
  /** Words that the range publishes, exactly. */
  words(range: BlockRange): Promise<number>;
}

export interface RangeSettings {
  /** Most blocks in a range; 1: every block is settled by itself. */
  readonly maxBlocks: number;
  /** Milliseconds after which a range is closed though it could hold more. */
  readonly maxAgeMs: number;
  /** Words that the blobs of one state update hold, less what is to stay free. */
  readonly maxWords: number;
}

export interface RangePlannerDependencies {
  readonly sizes: BlockSizes;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: RangeSettings;
}

/** Blocks that may be planned now. */
export interface AvailableBlocks extends BlockRange {
  /** No block after `last` will ever be asked for. */
  readonly final: boolean;
}

interface RangeEnd {
  readonly last: number;
  /** The first block alone is more than a range is to have, so it waits for no other. */
  readonly full: boolean;
}

function exceeds({ words, gas }: MessageSize): boolean {
  return words > MAX_RANGE_MESSAGES.words || gas > MAX_RANGE_MESSAGES.gas;
}

/** Every block by itself. */
export const singleBlocks: Pick<RangePlanner, 'rangesOf'> = {
  rangesOf: ({ first, last }) =>
    Promise.resolve(
      Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => ({
        first: first + index,
        last: first + index,
      })),
    ),
};

/**
 * Groups blocks into ranges. A range is closed by what the blocks themselves say: their number, a change of the Starknet
 * version, their messages, the room in the blobs, the age of its first block. Nothing is remembered between passes but when a block was
 * first seen, so any instance may decide at any time, and a range closes on time though no block comes after it.
 */
export class RangePlanner {
  readonly #deps: RangePlannerDependencies;
  /** When this instance first saw the first block of the open range: a chain's clock may be ahead of ours. */
  #firstSeen: { readonly block: number; readonly at: number } | undefined;

  constructor(deps: RangePlannerDependencies) {
    this.#deps = deps;
  }

  /**
   * Ranges to settle of the blocks `first` to `last`, all of which exist. The newest ones may have to wait for more, unless
   * `final` says that none will follow.
   */
  async rangesOf({ first, last, final }: AvailableBlocks): Promise<BlockRange[]> {
    const ranges: BlockRange[] = [];
    for (let next = first; next <= last; ) {
      const range = await this.#rangeFrom(next, last, final);
      if (range === undefined) break;
      ranges.push(range);
      next = range.last + 1;
    }
    return ranges;
  }

  /** The range that begins at `first`; undefined while it may still grow. */
  async #rangeFrom(first: number, available: number, final: boolean): Promise<BlockRange | undefined> {
    const { maxBlocks } = this.#deps.settings;
    if (maxBlocks <= 1) return { first, last: first };
    const longest = Math.min(available, first + maxBlocks - 1);
    const sameVersion = await this.#endOfVersion(first, longest);
    const messages = await this.#endOfMessages(first, sameVersion);
    const room = await this.#endOfRoom(first, messages.last);
    const { last } = room;
    const full = messages.full || room.full || last - first + 1 >= maxBlocks;
    const closed = full || last < available || final || (await this.#isOld(first));
    return closed ? { first, last } : undefined;
  }

  async #endOfVersion(first: number, longest: number): Promise<number> {
    const { sizes } = this.#deps;
    const { starknetVersion } = await sizes.header(first);
    for (let block = first + 1; block <= longest; block += 1) {
      if ((await sizes.header(block)).starknetVersion !== starknetVersion) return block - 1;
    }
    return longest;
  }

  /** Up to the last block whose messages still fit into one transaction with those before it; the first one is taken in any case. */
  async #endOfMessages(first: number, longest: number): Promise<RangeEnd> {
    const { sizes, log } = this.#deps;
    let { words, gas } = await sizes.messages(first);
    if (exceeds({ words, gas })) {
      log.warn(
        { block: first, words, gas, max: MAX_RANGE_MESSAGES },
        'a single block has more messages than a range is to have',
      );
      return { last: first, full: true };
    }
    for (let block = first + 1; block <= longest; block += 1) {
      const more = await sizes.messages(block);
      words += more.words;
      gas += more.gas;
      if (exceeds({ words, gas })) return { last: block - 1, full: false };
    }
    return { last: longest, full: false };
  }

  /** Up to the last block whose data still fits; the first one is taken whatever its size, and its job says that it is too large. */
  async #endOfRoom(first: number, longest: number): Promise<RangeEnd> {
    const { sizes, settings } = this.#deps;
    let bound = 0;
    let certain = first - 1;
    while (certain < longest) {
      bound += await sizes.wordBound(certain + 1);
      if (sizes.encodedBound(bound) > settings.maxWords) break;
      certain += 1;
    }
    if (certain === longest) return { last: longest, full: false };
    // The bound counts every write of every block; squashed and compressed they are far fewer.
    let fits = Math.max(first, certain);
    let tooLong = longest + 1;
    for (let probe = longest; fits + 1 < tooLong; probe = Math.floor((fits + tooLong) / 2)) {
      if ((await this.#wordsOf({ first, last: probe })) <= settings.maxWords) fits = probe;
      else tooLong = probe;
    }
    const isAlone = certain < first && tooLong === first + 1;
    return { last: fits, full: isAlone && (await this.#isTooLarge(first)) };
  }

  async #isTooLarge(block: number): Promise<boolean> {
    const { log, settings } = this.#deps;
    const words = await this.#wordsOf({ first: block, last: block });
    if (words <= settings.maxWords) return false;
    log.warn(
      { block, words, maxWords: settings.maxWords },
      'a single block leaves less room in the blobs than is to stay free, or none',
    );
    return true;
  }

  /** A range that cannot be encoded at all is left to its job, which fails with the reason; here it is just too long. */
  async #wordsOf(range: BlockRange): Promise<number> {
    try {
      return await this.#deps.sizes.words(range);
    } catch (error) {
      if (error instanceof OrchestratorError && error.retry === 'permanent') return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  async #isOld(first: number): Promise<boolean> {
    const { sizes, clock, settings } = this.#deps;
    const now = clock.now();
    if (this.#firstSeen?.block !== first) this.#firstSeen = { block: first, at: now };
    const made = (await sizes.header(first)).timestamp * 1000;
    return now - Math.min(made, this.#firstSeen.at) >= settings.maxAgeMs;
  }
}
