import { bytesToHex, fromRlp, type Hex, keccak256, toRlp } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { BlobFees } from './fees.ts';

/**
 * Blob transactions on the wire. The signed body (EIP-4844) identifies the transaction; for the trip to a node it is
 * wrapped together with its blobs, in one of two forms:
 *
 *     version 1, EIP-7594 (since Fusaka): 0x03 || rlp([body, 0x01, blobs, commitments, cell proofs])  128 proofs a blob
 *     version 0, EIP-4844 (before it):    0x03 || rlp([body, blobs, commitments, blob proofs])
 *
 * Body and hash are the same in both.
 */
export interface BlobTransactionBody {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
  readonly fees: BlobFees;
  readonly blobVersionedHashes: readonly Hex[];
}

export interface BlobSidecar {
  readonly wrapperVersion: 0 | 1;
  /** 131,072 bytes each. */
  readonly blobs: readonly Uint8Array[];
  /** 48 bytes each. */
  readonly commitments: readonly Uint8Array[];
  /** 48 bytes each: one a blob in version 0, 128 a blob, blob after blob, in version 1. */
  readonly proofs: readonly Uint8Array[];
}

const BLOB_TRANSACTION_TYPE = 0x03;
const BODY_FIELDS = 14;

/** Network form of a signed body (`0x03 || rlp(fields)`) and its blobs. */
export function wrapBlobTransaction(signedBody: Uint8Array, sidecar: BlobSidecar): Uint8Array {
  const fields = fromRlp(payloadOf(signedBody), 'bytes');
  const { blobs, commitments, proofs } = sidecar;
  const lists = [[...blobs], [...commitments], [...proofs]];
  const wrapped = sidecar.wrapperVersion === 1 ? [fields, Uint8Array.of(1), ...lists] : [fields, ...lists];
  return prefixed(toRlp(wrapped, 'bytes'));
}

/** Transaction hash: keccak-256 of the signed body without its wrapper. */
export function bodyHash(signedBody: Uint8Array): Hex {
  return keccak256(signedBody);
}

export interface ParsedBlobTransaction {
  readonly hash: Hex;
  /** `0x03 || rlp(fields)`, without the wrapper. */
  readonly signedBody: Uint8Array;
  readonly body: BlobTransactionBody;
  readonly sidecar: BlobSidecar;
}

/** Reads the network form back, either version. Fails with OBJECT_CORRUPT when the bytes are not a wrapped blob transaction. */
export function parseBlobTransaction(raw: Uint8Array): ParsedBlobTransaction {
  const wrapped = decoded(raw);
  const wrapperVersion = wrapped.length === 5 ? 1 : 0;
  if (wrapped.length !== 4 && wrapped.length !== 5) throw corrupt(`has ${wrapped.length} parts instead of 4 or 5`);
  const [fields, ...rest] = wrapped;
  if (wrapperVersion === 1 && numberIn(rest.shift(), 'wrapper version') !== 1n)
    throw corrupt('has an unknown wrapper version');
  if (!Array.isArray(fields) || fields.length !== BODY_FIELDS)
    throw corrupt(`has a body that is not a list of ${BODY_FIELDS} fields`);
  const signedBody = prefixed(toRlp(fields, 'bytes'));
  const [chainId, nonce, tip, maxFee, gas, to, , data, , blobFee, hashes] = fields;
  return {
    hash: bodyHash(signedBody),
    signedBody,
    body: {
      chainId: Number(numberIn(chainId, 'chain id')),
      nonce: Number(numberIn(nonce, 'nonce')),
      to: bytesToHex(bytesIn(to, 'to')),
      data: bytesToHex(bytesIn(data, 'data')),
      gasLimit: numberIn(gas, 'gas limit'),
      fees: {
        maxFeePerGas: numberIn(maxFee, 'maxFeePerGas'),
        maxPriorityFeePerGas: numberIn(tip, 'maxPriorityFeePerGas'),
        maxFeePerBlobGas: numberIn(blobFee, 'maxFeePerBlobGas'),
      },
      blobVersionedHashes: listIn(hashes, 'versioned hashes').map((hash) => bytesToHex(hash)),
    },
    sidecar: {
      wrapperVersion,
      blobs: listIn(rest[0], 'blobs'),
      commitments: listIn(rest[1], 'commitments'),
      proofs: listIn(rest[2], 'proofs'),
    },
  };
}

type Item = Uint8Array | readonly Item[];

function decoded(raw: Uint8Array): Item[] {
  let items: unknown;
  try {
    items = fromRlp(payloadOf(raw), 'bytes');
  } catch (error) {
    throw corrupt('is not RLP', error);
  }
  if (!Array.isArray(items)) throw corrupt('is not a list');
  return items;
}

function payloadOf(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== BLOB_TRANSACTION_TYPE) throw corrupt(`starts with type ${bytes[0] ?? 'nothing'} instead of 3`);
  return bytes.subarray(1);
}

function prefixed(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = BLOB_TRANSACTION_TYPE;
  bytes.set(payload, 1);
  return bytes;
}

function bytesIn(item: Item | undefined, what: string): Uint8Array {
  if (!(item instanceof Uint8Array)) throw corrupt(`has no ${what}`);
  return item;
}

function numberIn(item: Item | undefined, what: string): bigint {
  const bytes = bytesIn(item, what);
  return bytes.length === 0 ? 0n : BigInt(bytesToHex(bytes));
}

function listIn(item: Item | undefined, what: string): Uint8Array[] {
  if (!Array.isArray(item)) throw corrupt(`has no ${what}`);
  return item.map((entry: Item) => bytesIn(entry, what));
}

function corrupt(what: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('OBJECT_CORRUPT', `stored blob transaction ${what}`, { cause });
}
