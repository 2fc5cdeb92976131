import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { vectorsDir } from '../vectors.ts';
import { writeBombs } from './bombs.ts';
import type { FuzzSummary } from './fixtures/fuzz.ts';

const SCRIPT = fileURLToPath(new URL('./fixtures/fuzz.ts', import.meta.url));
const SEED = '20260101';

let folder: string;
let summary: FuzzSummary;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bombs-'));
  await writeBombs(folder);
  // Without a bound the collector lets garbage pile up when other processes keep the cores busy: what counts is need.
  const args = [
    '--no-warnings',
    '--max-old-space-size=128',
    '--max-semi-space-size=4',
    '--expose-gc',
    SCRIPT,
    vectorsDir ?? '-',
    SEED,
    folder,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 240_000, maxBuffer: 2 ** 22 });
  summary = JSON.parse(stdout) as FuzzSummary;
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true }));

describe(`malformed PIEs, blobs and outputs (seed ${SEED})`, () => {
  it('are refused by name, or are what they were before', () => {
    expect(summary.faults).toEqual([]);
    for (const name of Object.keys(summary.refused))
      expect(name).toMatch(/^(PIE_INVALID [A-Z]\w+|OUTPUT_INVALID( \w+)?|WORDS_INVALID|BLOB_INVALID|INPUT_INVALID)$/);
    const { pie = 0, words = 0, blob = 0, output = 0, 'output file': files = 0, 'lying pie': lies = 0 } = summary.tried;
    expect(pie + lies).toBeGreaterThanOrEqual(1_200);
    expect(words + blob).toBeGreaterThanOrEqual(1_800);
    expect(output + files).toBeGreaterThanOrEqual(4_000);
  });

  it('reach every check of the archive and of its contents', () => {
    for (const reason of ['NotAZip', 'ArchiveUnreadable', 'FileCorrupt', 'FileMissing', 'FileTooLarge', 'NotJson'])
      expect(summary.refused[`PIE_INVALID ${reason}`]).toBeGreaterThan(0);
    for (const reason of [
      'FileCompressedTooMuch',
      'TreeStructureInvalid',
      'OutputSegmentInvalidRange',
      'InvalidSegment',
    ])
      expect(summary.refused[`PIE_INVALID ${reason}`]).toBeGreaterThan(0);
  });

  it('never cost more than 256 MiB, the program itself included', () => {
    expect(summary.accepted.bomb).toBeUndefined();
    expect(summary.peakMebibytes).toBeLessThan(256);
  });
});
