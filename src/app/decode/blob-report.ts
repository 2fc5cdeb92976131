import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB, blobToWords, WORDS_PER_BLOB } from '../../starknet/blob.ts';
import { feltToHex } from '../../starknet/felt.ts';
import { type ReadableDiff, readPublishedDiff } from '../../starknet/published-diff.ts';
import { counted, field } from './report-text.ts';

/** Field names as scripts see them with `--json`. Felts are hex. */
export type BlobReport = StateDiffReport | EncryptedReport;

export interface StateDiffReport {
  readonly kind: 'state-difference';
  readonly n_blobs: number;
  readonly header_layout: 'old' | 'new';
  readonly compressed: boolean;
  /** Contracts and keys are aliases of contract 0x2. */
  readonly aliased: boolean;
  /** Words in the blobs, without padding. */
  readonly n_words: number;
  /** The same where nothing is compressed. */
  readonly plain_words: number;
  /** First and last; null where contract 0x1 has no trace of them. */
  readonly l2_blocks: readonly [number, number] | null;
  readonly contracts: number;
  readonly storage_writes: number;
  readonly class_changes: number;
  readonly declared_classes: number;
  readonly state_diff: {
    readonly contracts: readonly ContractReport[];
    readonly classes: readonly { readonly class_hash: string; readonly compiled_class_hash: string }[];
  };
}

export interface ContractReport {
  readonly address: string;
  /** Of a contract that was deployed or whose class was replaced. */
  readonly class_hash: string | null;
  readonly nonce: number | string;
  readonly storage: readonly { readonly key: string; readonly value: string }[];
}

export interface EncryptedReport {
  readonly kind: 'encrypted';
  readonly n_blobs: number;
  readonly n_keys: number;
}

/**
 * What blobs say together, in the order given.
 *
 * @throws OrchestratorError BLOB_INVALID, or WORDS_INVALID for blobs that are not the whole of one state difference
 */
export function reportBlobs(blobs: readonly Uint8Array[]): BlobReport {
  const wrong = blobs.find(({ length }) => length !== BYTES_PER_BLOB);
  if (wrong !== undefined)
    throw new OrchestratorError('BLOB_INVALID', `a blob has ${BYTES_PER_BLOB} bytes, not ${wrong.length}`);
  return reportWords(
    blobs.flatMap((blob) => blobToWords(blob)),
    blobs.length,
  );
}

/** What words say that are not (or no longer) in blobs; as {@link reportBlobs}. */
export function reportWords(words: readonly bigint[], blobs = Math.ceil(words.length / WORDS_PER_BLOB)): BlobReport {
  const published = readPublishedDiff(words);
  if (published.kind === 'encrypted') return { kind: 'encrypted', n_blobs: blobs, n_keys: published.keys };
  return reportDiff(published, blobs);
}

function reportDiff(published: ReadableDiff, blobs: number): StateDiffReport {
  const { contracts, classes } = published.diff;
  return {
    kind: 'state-difference',
    n_blobs: blobs,
    header_layout: published.layout,
    compressed: published.compressed,
    aliased: published.aliased,
    n_words: published.words.length,
    plain_words: published.plainWords.length,
    l2_blocks: published.blocks ?? null,
    contracts: contracts.length,
    storage_writes: contracts.reduce((sum, { entries }) => sum + entries.length, 0),
    class_changes: contracts.filter(({ classHash }) => classHash !== undefined).length,
    declared_classes: classes.length,
    state_diff: {
      contracts: contracts.map(({ address, classHash, nonce, entries }) => ({
        address: feltToHex(address),
        class_hash: classHash === undefined ? null : feltToHex(classHash),
        nonce: nonce <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(nonce) : feltToHex(nonce),
        storage: entries.map(({ key, value }) => ({ key: feltToHex(key), value: feltToHex(value) })),
      })),
      classes: classes.map(({ classHash, compiledClassHash }) => ({
        class_hash: feltToHex(classHash),
        compiled_class_hash: feltToHex(compiledClassHash),
      })),
    },
  };
}

export function blobLines(report: BlobReport): string[] {
  if (report.kind === 'encrypted')
    return [field('blobs', report.n_blobs), field('content', `encrypted, for ${counted(report.n_keys, 'key')}`)];
  const { l2_blocks: blocks, state_diff: diff } = report;
  const encoding = `${report.header_layout} header words, ${report.compressed ? 'compressed' : 'not compressed'}`;
  const packed = report.compressed ? `, ${report.plain_words} before compression` : '';
  return [
    field('blocks', `${blocks === null ? 'not told' : blockRange(blocks)}`),
    field('blobs', `${report.n_blobs}, ${counted(report.n_words, 'word')}${packed}`),
    field('encoding', `${encoding}${report.aliased ? ', contracts and keys are aliases of contract 0x2' : ''}`),
    field('contracts', report.contracts),
    field('storage writes', report.storage_writes),
    field('class changes', report.class_changes),
    field('classes', report.declared_classes),
    ...diff.contracts.flatMap(contractLines),
    ...(diff.classes.length === 0 ? [] : ['', 'declared classes']),
    ...diff.classes.map((item) => `  ${item.class_hash}  compiled ${item.compiled_class_hash}`),
  ];
}

function contractLines({ address, class_hash, nonce, storage }: ContractReport): string[] {
  const facts = [`nonce ${nonce}`, ...(class_hash === null ? [] : [`class ${class_hash}`])];
  return ['', `contract ${address}  ${facts.join(', ')}`, ...storage.map(({ key, value }) => `  ${key} = ${value}`)];
}

function blockRange([first, last]: readonly [number, number]): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
