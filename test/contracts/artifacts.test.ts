import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { contractArtifact } from '../../src/devnet/contract-artifact.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/compile-contracts.ts', import.meta.url));
const CONTRACTS = fileURLToPath(new URL('../../contracts', import.meta.url));

/** Compiles the sources of `dir` and compares with the artifacts beside them. */
function check(dir: string): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, '--check', '--dir', dir], (error, _stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stderr }),
    );
  });
}

describe('committed artifacts', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'contracts-'));
    cpSync(CONTRACTS, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  it('are what the pinned compiler makes of the sources', async () => {
    expect(await check(CONTRACTS)).toEqual({ code: 0, stderr: '' });
  });

  it('are found stale when a source changes', async () => {
    appendFileSync(join(copy, 'Messaging.sol'), '\n// changed\n');
    const { code, stderr } = await check(copy);
    expect(code).toBe(1);
    expect(stderr).toContain('StarknetCore.json does not match its source');
  });

  it('are found stale when the bytecode was changed or a file is missing', async () => {
    rmSync(join(copy, 'artifacts', 'FactRegistry.json'));
    const core = await contractArtifact('StarknetCore');
    writeFileSync(
      join(copy, 'artifacts', 'StarknetCore.json'),
      JSON.stringify({ ...core, bytecode: `${core.bytecode}00` }),
    );
    const { code, stderr } = await check(copy);
    expect(code).toBe(1);
    expect(stderr).toContain('StarknetCore.json does not match its source');
    expect(stderr).toContain('FactRegistry.json does not match its source');
  });

  it('a source with an error is reported, not compiled', async () => {
    appendFileSync(join(copy, 'FactRegistry.sol'), '\ncontract Broken {');
    const { code, stderr } = await check(copy);
    expect(code).toBe(1);
    expect(stderr).toContain('FactRegistry.sol');
  });
});
