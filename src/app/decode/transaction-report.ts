import type { Hex } from 'viem';
import { blobToWords } from '../../starknet/blob.ts';
import { evaluateWords } from '../../starknet/challenge.ts';
import { type BlobReport, blobLines, reportBlobs } from './blob-report.ts';
import { type CalldataReport, calldataLines, reportCalldata } from './calldata-report.ts';
import { isCoreContractCall } from './core-contract-call.ts';
import { field } from './report-text.ts';

/** A transaction, wherever it came from. */
export interface TransactionFacts {
  readonly hash: Hex | undefined;
  readonly to: Hex | undefined;
  readonly nonce: number | undefined;
  /** Of the Ethereum block that has it. */
  readonly blockNumber: number | undefined;
  readonly input: Uint8Array;
  readonly versionedHashes: readonly Hex[];
  readonly blobs: readonly Uint8Array[] | undefined;
  /** Why there are no blobs. */
  readonly blobsNote: string | undefined;
}

/** Field names as scripts see them with `--json`. */
export interface TransactionReport {
  readonly kind: 'transaction';
  readonly hash: string | null;
  readonly to: string | null;
  readonly nonce: number | null;
  readonly block_number: number | null;
  readonly versioned_hashes: readonly string[];
  /** Null for a transaction that does not call the core contract. */
  readonly calldata: CalldataReport | null;
  /** Null where the blobs are not at hand; `blobs_note` says why. */
  readonly state_difference: BlobReport | null;
  readonly blobs_note: string | null;
  /** The transaction's versioned hashes are those of the commitments in the output; null without an output with blobs. */
  readonly versioned_hashes_match: boolean | null;
  /** The blobs have, at z, the values that the output states; null where one of the two is not there. */
  readonly evaluations_match: boolean | null;
}

export function reportTransaction(facts: TransactionFacts): TransactionReport {
  const calldata = isCoreContractCall(facts.input) ? reportCalldata(facts.input) : null;
  return {
    kind: 'transaction',
    hash: facts.hash ?? null,
    to: facts.to ?? null,
    nonce: facts.nonce ?? null,
    block_number: facts.blockNumber ?? null,
    versioned_hashes: facts.versionedHashes,
    calldata,
    state_difference: facts.blobs === undefined ? null : reportBlobs(facts.blobs),
    blobs_note: facts.blobsNote ?? null,
    versioned_hashes_match: versionedHashesMatch(facts, calldata),
    evaluations_match: evaluationsMatch(facts, calldata),
  };
}

function versionedHashesMatch({ versionedHashes }: TransactionFacts, calldata: CalldataReport | null): boolean | null {
  const pledged = calldata?.os_output.blobs ?? [];
  if (pledged.length === 0) return null;
  return (
    pledged.length === versionedHashes.length &&
    pledged.every(({ versioned_hash }, i) => versioned_hash === versionedHashes[i]?.toLowerCase())
  );
}

/** Padding adds nothing to a value, so that the coefficients of each blob serve as its words. */
function evaluationsMatch({ blobs }: TransactionFacts, calldata: CalldataReport | null): boolean | null {
  const output = calldata?.os_output;
  if (blobs === undefined || output === undefined || output.z === null) return null;
  const z = BigInt(output.z);
  const stated = output.blobs.map(({ evaluation }) => BigInt(evaluation));
  const values = blobs.flatMap((blob) => evaluateWords(blobToWords(blob), z));
  return values.length === stated.length && values.every((value, index) => value === stated[index]);
}

export function transactionLines(report: TransactionReport): string[] {
  const { calldata, state_difference: difference } = report;
  return [
    field('transaction', report.hash ?? 'not told'),
    field('to', report.to ?? 'a new contract'),
    field('nonce', report.nonce ?? 'not told'),
    field('Ethereum block', report.block_number ?? 'none yet'),
    ...report.versioned_hashes.map((hash, index) => field(`versioned hash ${index}`, hash)),
    ...check('versioned hashes', report.versioned_hashes_match),
    ...check('evaluations', report.evaluations_match),
    '',
    ...(calldata === null ? ['The transaction does not update a core contract.'] : calldataLines(calldata)),
    ...(report.blobs_note === null ? [] : ['', report.blobs_note]),
    ...(difference === null ? [] : ['', ...blobLines(difference)]),
  ];
}

function check(name: string, matches: boolean | null): string[] {
  if (matches === null) return [];
  return [field(name, matches ? 'as the program output states them' : 'NOT as the program output states them')];
}
