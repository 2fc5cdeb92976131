import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DevSummary } from '../../src/app/dev/summary.ts';
import { tryToWrite, writeSummary } from '../../src/app/dev/summary-file.ts';

/** Of POSIX. */
const MAKE_PIPE = 'mkfifo';
const SUMMARY = { settled: true } as DevSummary;

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'summary-file-'));
  file = join(folder, 'summary.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the file of the summary', () => {
  it('is as it was after it was tried', async () => {
    await tryToWrite(file);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, 'an earlier one');
    await tryToWrite(file);
    expect(readFileSync(file, 'utf8')).toBe('an earlier one');
  });

  it('may be a link to where nothing is yet', async () => {
    const link = join(folder, 'link');
    symlinkSync(file, link);
    await tryToWrite(link);
    expect(existsSync(file)).toBe(false);
    expect(readlinkSync(link)).toBe(file);
    await writeSummary(link, SUMMARY);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(SUMMARY);
  });

  it('may be a pipe, for whose reader nothing begins yet', async () => {
    execFileSync(MAKE_PIPE, [file]);
    await tryToWrite(file);
    expect(existsSync(file)).toBe(true);
  });

  it('is refused when it cannot be written, before and at the end', async () => {
    const refusal = { code: 'INPUT_INVALID', hint: expect.stringContaining('--summary') };
    for (const path of [folder, join(folder, 'missing', 'summary.json')]) {
      const named = { ...refusal, message: expect.stringContaining(path) };
      await expect(tryToWrite(path)).rejects.toMatchObject(named);
      await expect(writeSummary(path, SUMMARY)).rejects.toMatchObject(named);
    }
  });
});
