import { describe, expect, it } from '@jest/globals';
import {
  bytesToHex,
  encodeErrorResult,
  type Hex,
  parseAbi,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import {
  type BlobSidecar,
  type BlobTransactionBody,
  bodyHash,
  parseBlobTransaction,
  wrapBlobTransaction,
} from '../../src/settlement/ethereum/blob-transaction.ts';
import { hintFor, meaningOf, revertReason } from '../../src/settlement/ethereum/revert-reason.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import { type SendOutcome, sendOutcomeOf } from '../../src/settlement/ethereum/send-outcome.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { failureOf } from './local-settlement.ts';

const body: BlobTransactionBody = {
  chainId: 31337,
  nonce: 0,
  to: `0x${'12'.repeat(20)}`,
  data: '0x507ee528',
  gasLimit: 500_000n,
  fees: { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 7n, maxFeePerBlobGas: 3n },
  blobVersionedHashes: [`0x01${'34'.repeat(31)}`],
};
const filled = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);
const sidecar: BlobSidecar = {
  wrapperVersion: 1,
  blobs: [filled(131_072, 1)],
  commitments: [filled(48, 2)],
  proofs: Array.from({ length: 128 }, (_, i) => filled(48, i)),
};
const signer = privateKeySigner(ANVIL_ACCOUNTS[0].privateKey);

describe('a blob transaction on the wire', () => {
  it.each([0, 1] as const)('comes back as it went out: wrapper version %s', async (wrapperVersion) => {
    const signed = await signer.signBlobBody(body);
    const parts = { ...sidecar, wrapperVersion, proofs: wrapperVersion === 1 ? sidecar.proofs : [filled(48, 9)] };
    const parsed = parseBlobTransaction(wrapBlobTransaction(signed, parts));
    expect(parsed.hash).toBe(bodyHash(signed));
    expect(parsed.body).toEqual(body);
    expect(parsed.sidecar.wrapperVersion).toBe(wrapperVersion);
    expect(parsed.sidecar.proofs).toEqual(parts.proofs);
    expect(parsed.sidecar.commitments).toEqual(parts.commitments);
    expect(Buffer.compare(parsed.sidecar.blobs[0] ?? filled(0, 0), filled(131_072, 1))).toBe(0);
  });

  it('is signed the same way twice, by the key’s account', async () => {
    const signed = await signer.signBlobBody(body);
    expect(await signer.signBlobBody(body)).toEqual(signed);
    expect(
      (await recoverTransactionAddress({ serializedTransaction: bytesToHex(signed) as `0x03${string}` })).toLowerCase(),
    ).toBe(signer.address);
  });

  it('has the bytes of an independent serializer in version 0', async () => {
    const signed = await signer.signBlobBody(body);
    const { type: _, ...fields } = parseTransaction(bytesToHex(signed) as `0x03${string}`);
    const sidecars = [
      { blob: bytesToHex(filled(131_072, 1)), commitment: bytesToHex(filled(48, 2)), proof: bytesToHex(filled(48, 9)) },
    ];
    const { r, s, yParity, ...unsigned } = fields as typeof fields & { r: Hex; s: Hex; yParity: number };
    const theirs = serializeTransaction({ ...unsigned, type: 'eip4844', sidecars }, { r, s, yParity });
    const ours = wrapBlobTransaction(signed, { ...sidecar, wrapperVersion: 0, proofs: [filled(48, 9)] });
    expect(Buffer.compare(ours, Buffer.from(theirs.slice(2), 'hex'))).toBe(0);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['another type', Uint8Array.of(2, 0xc0)],
    ['no list', Uint8Array.of(3, 0x80)],
    ['an empty list', Uint8Array.of(3, 0xc0)],
    ['four parts without a body', Uint8Array.of(3, 0xc4, 0x80, 0x80, 0x80, 0x80)],
    ['bytes that end too early', Uint8Array.of(3, 0xf9, 0xff)],
  ])('%s is not one', (_, bytes) => {
    expect(() => parseBlobTransaction(bytes)).toThrow(expect.objectContaining({ code: 'OBJECT_CORRUPT' }));
  });
});

describe('the key', () => {
  it.each(['', '0x12', `0x${'00'.repeat(32)}`, `0x${'ff'.repeat(32)}`, 'not a key'])(
    '%p is refused without being repeated',
    async (key) => {
      const failure = await failureOf((async () => privateKeySigner(key))());
      expect(failure.code).toBe('CONFIG_INVALID');
      expect(failure.cause).toBeUndefined();
      if (key !== '') expect(failure.message).not.toContain(key);
    },
  );

  it('is taken with and without 0x', () => {
    const { privateKey } = ANVIL_ACCOUNTS[0];
    const { address } = privateKeyToAccount(privateKey);
    for (const form of [privateKey, privateKey.slice(2)])
      expect(privateKeySigner(form).address).toBe(address.toLowerCase());
    expect(JSON.stringify(privateKeySigner(privateKey))).not.toContain(privateKey.slice(2));
  });
});

const rpcError = (message: string, code = -32000, data?: unknown): EthereumRpcError =>
  new EthereumRpcError({ method: 'eth_call', code, message, data });

describe('what nodes say to a transaction', () => {
  it.each<[SendOutcome, string, string]>([
    ['accepted', 'geth, reth', 'already known'],
    ['accepted', 'Nethermind', 'AlreadyKnown'],
    ['accepted', 'Besu', 'Known transaction'],
    ['accepted', 'Anvil', 'transaction already imported'],
    ['nonce-too-low', 'geth', 'nonce too low: next nonce 5, tx nonce 4'],
    ['nonce-too-low', 'Nethermind', 'OldNonce, Current nonce: 5, nonce of rejected tx: 4'],
    ['nonce-too-low', 'Besu', 'Nonce too low'],
    ['nonce-too-high', 'geth', 'nonce too high: tx nonce 9, gapped nonce 5'],
    ['nonce-too-high', 'Nethermind', 'NonceGap, Future nonce. Expected nonce: 5'],
    ['underpriced', 'geth', 'replacement transaction underpriced: new tx gas fee cap 5 < 10 queued'],
    ['underpriced', 'geth', 'transaction underpriced: tip needed 1, tip permitted 0'],
    ['underpriced', 'Nethermind', 'ReplacementNotAllowed'],
    ['underpriced', 'Nethermind', 'FeeTooLow, MaxFeePerGas too low'],
    ['underpriced', 'Anvil', 'max fee per gas less than block base fee'],
    ['underpriced', 'reth', 'max fee per blob gas less than block blob gas fee'],
    ['insufficient-funds', 'geth', 'insufficient funds for gas * price + value: balance 1, tx cost 2, overshot 1'],
    ['insufficient-funds', 'Nethermind', 'InsufficientFunds, Account balance: 0'],
    ['insufficient-funds', 'Besu', 'Upfront cost exceeds account balance'],
    ['insufficient-funds', 'Anvil', 'Insufficient funds for gas * price + value'],
    ['pool-full', 'geth', 'txpool is full'],
    ['pool-full', 'geth', 'address already reserved'],
    ['pool-full', 'geth', 'account limit exceeded: pooled 16 txs'],
    ['refused', 'geth', 'invalid sender'],
    ['refused', 'geth', 'unexpected blob sidecar in transaction at index 0'],
    ['refused', 'anybody', ''],
  ])('%s: %s, "%s"', (outcome, _, message) => {
    expect(sendOutcomeOf(rpcError(message))).toBe(outcome);
  });
});

describe('why a contract reverts', () => {
  const errorString = (text: string): Hex =>
    encodeErrorResult({ abi: parseAbi(['error Error(string)']), errorName: 'Error', args: [text] });
  it.each<[string, EthereumRpcError, string | undefined]>([
    [
      'geth',
      rpcError('execution reverted: INVALID_PREVIOUS_ROOT', 3, errorString('INVALID_PREVIOUS_ROOT')),
      'INVALID_PREVIOUS_ROOT',
    ],
    ['the text alone', rpcError('execution reverted: ONLY_OPERATOR'), 'ONLY_OPERATOR'],
    [
      'a quoted text',
      rpcError("VM Exception while processing transaction: reverted with reason string 'ONLY_OPERATOR'"),
      'ONLY_OPERATOR',
    ],
    [
      'Nethermind',
      rpcError('VM execution error.', -32015, `Reverted ${errorString('STARKNET_OUTPUT_TOO_LONG')}`),
      'STARKNET_OUTPUT_TOO_LONG',
    ],
    [
      'a panic',
      rpcError(
        'execution reverted',
        3,
        encodeErrorResult({ abi: parseAbi(['error Panic(uint256)']), errorName: 'Panic', args: [17n] }),
      ),
      'Panic(0x11)',
    ],
    ['a custom error', rpcError('execution reverted', 3, '0xdeadbeef'), 'custom error 0xdeadbeef'],
    ['no reason', rpcError('execution reverted', 3, '0x'), 'no reason given'],
    ['gas', rpcError('out of gas'), 'out of gas'],
    ['Anvil and gas', rpcError('EVM error OutOfGas'), 'out of gas'],
    ['something else', rpcError('header not found'), undefined],
  ])('%s', (_, error, expected) => {
    expect(revertReason(error)).toBe(expected);
  });

  it('is nothing that another kind of error tells', () => {
    expect(revertReason(new Error('execution reverted'))).toBeUndefined();
  });

  it('tells what to do next', () => {
    expect(meaningOf('INVALID_PREV_BLOCK_NUMBER')).toBe('position');
    expect(meaningOf('NO_STATE_TRANSITION_PROOF')).toBe('waiting');
    expect(meaningOf('INVALID_BLOB_INDEX')).toBe('blind');
    expect(meaningOf('INVALID_PREVIOUS_ROOT')).toBe('wrong');
    expect(hintFor('ONLY_OPERATOR')).toContain('registerOperator');
    expect(hintFor('STARKNET_OUTPUT_TOO_LONG')).toBeUndefined();
  });
});
