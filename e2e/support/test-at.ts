import { setTimeout as delay } from 'node:timers/promises';
import { it } from '@jest/globals';
import { Site } from './site.ts';

/** Time for a test to clean up before jest gives it up. */
const CLEAN_UP_MS = 30_000;

/** A test with a place of its own. When it fails, the message has the newest output of everything that it started. */
export function testAt(name: string, work: (site: Site) => Promise<void>, limitMs = 180_000): void {
  it(name, () => atSite(work, limitMs), limitMs + CLEAN_UP_MS);
}

async function atSite<T>(work: (site: Site) => Promise<T>, limitMs: number): Promise<T> {
  const site = await Site.open();
  const limit = new AbortController();
  try {
    const late = delay(limitMs, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`the test took longer than ${limitMs / 1000} s`);
    });
    return await Promise.race([work(site), late]);
  } catch (error) {
    if (error instanceof Error) error.message += `\n\n${await site.tails()}`;
    throw error;
  } finally {
    limit.abort();
    await site.close();
  }
}
