import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesToHex, createPublicClient, type Hex, http } from 'viem';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { wrapBlobTransaction } from '../../src/settlement/ethereum/blob-transaction.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { wordsToBlobs } from '../../src/starknet/blob.ts';
import { updateStateKzgDaCalldata } from '../../src/starknet/calldata.ts';
import { challenge, evaluateWords } from '../../src/starknet/challenge.ts';
import { versionedHash } from '../../src/starknet/commitment.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { encodeOsOutput } from '../../src/starknet/os-output.ts';
import { buildSmallPie } from '../../src/starknet/pie/small-pie.ts';
import { orchestrator } from './orchestrator-process.ts';

const WORDS = [2n, 1n, 6n, 20n, 99n, 300n, (4n << 10n) | (2n << 2n) | 3n, 77n, 1n, 2n, 3n, 4n, 1n, 88n, 89n];

let folder: string;
let anvil: Anvil;
let hash: Hex;
let raw: Uint8Array;
let answer: unknown;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'decode-'));
  anvil = await startAnvil();
  const kzg = nativeKzg();
  const blobs = wordsToBlobs(WORDS, 1);
  const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
  const z = challenge(WORDS, commitments, 'since-0.13.2');
  const programOutput = encodeOsOutput({
    initialRoot: 1n,
    finalRoot: 2n,
    prevBlockNumber: 29,
    newBlockNumber: 30,
    prevBlockHash: 3n,
    newBlockHash: 4n,
    osProgramHash: 0n,
    configHash: 5n,
    useKzgDa: true,
    fullOutput: false,
    kzg: { z, commitments, evaluations: evaluateWords(WORDS, z) },
    messagesToL1: [],
    messagesToL2: [],
  });
  const signed = await privateKeySigner(ANVIL_ACCOUNTS[0].privateKey).signBlobBody({
    chainId: 31_337,
    nonce: 0,
    to: `0x${'12'.repeat(20)}`,
    data: updateStateKzgDaCalldata(programOutput, [new Uint8Array(48)]),
    gasLimit: 500_000n,
    fees: { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 10n ** 10n },
    blobVersionedHashes: commitments.map(versionedHash),
  });
  const proofs = (await Promise.all(blobs.map((blob) => kzg.cellProofs(blob)))).flat();
  raw = wrapBlobTransaction(signed, { wrapperVersion: 1, blobs, commitments, proofs });
  const client = createPublicClient({ transport: http(anvil.url, { timeout: 120_000 }) });
  hash = await client.sendRawTransaction({ serializedTransaction: bytesToHex(raw) });
  await client.waitForTransactionReceipt({ hash });
  answer = await client.request({ method: 'eth_getTransactionByHash', params: [hash] });
}, 60_000);

afterAll(async () => {
  await anvil.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await orchestrator(['decode', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('decode', () => {
  it('tx asks a node for the transaction and its blobs, and compares them with the output', async () => {
    expect(await json('tx', hash, '--rpc', anvil.url)).toMatchObject({
      kind: 'transaction',
      hash,
      nonce: 0,
      block_number: 1,
      versioned_hashes_match: true,
      evaluations_match: true,
      blobs_note: null,
      calldata: { function: 'updateStateKzgDA', os_output: { prev_block_number: 29, new_block_number: 30 } },
      state_difference: { contracts: 2, storage_writes: 3, l2_blocks: [30, 30] },
    });
  });

  it('tx asks a node with user and password in its address', async () => {
    const url = anvil.url.replace('http://', 'http://me:p%40ss@');
    expect(await json('tx', hash, '--rpc', url)).toMatchObject({ hash, versioned_hashes_match: true });
  });

  it('tx reads a signed transaction with its blobs, and a node’s answer without', async () => {
    expect(await json('tx', file('raw', raw))).toMatchObject({ hash, evaluations_match: true });
    const { stdout } = await orchestrator(['decode', 'tx', file('answer', JSON.stringify(answer))]);
    expect(stdout).toContain('versioned hashes          as the program output states them');
    expect(stdout).toContain('A beacon node has them');
  });

  it('tx says what is missing: the node, or the transaction on it', async () => {
    const nowhere = await orchestrator(['decode', 'tx', hash]);
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toContain('only be decoded with --rpc');
    const other = `0x${'1'.repeat(64)}`;
    const unknown = await orchestrator(['decode', 'tx', other, '--rpc', `${anvil.url}/?key=secret`]);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain(`does not know the transaction ${other}`);
    expect(unknown.stderr).not.toContain('secret');
  });

  it('blob takes several files; pie has its fields; a wrong file is named', async () => {
    const pie = file('own.zip', await buildSmallPie([7n, 8n]));
    const fields = await json('pie', pie);
    expect(fields).toMatchObject({ output: ['0x7', '0x8'], n_steps: 6, page_sizes: [2] });
    expect(fields.fact).toMatch(/^0x[0-9a-f]{64}$/);
    const wrong = await orchestrator(['decode', 'blob', file('words', '[1,2]'), pie]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('is not a blob: it is a list of 2 numbers');
  });
});
