import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../../starknet/blob.ts';
import { JsonLimitError, type LosslessJson, parseLosslessJson } from '../../starknet/lossless-json.ts';
import { decodeProgramOutput } from '../../starknet/program-output-file.ts';
import { isCoreContractCall } from './core-contract-call.ts';
import { parseWordList, wordsOfJson } from './parse-words.ts';
import type { InputFile } from './read-input.ts';

/** What a file turned out to be, by its content alone. */
export type Recognised =
  | { readonly kind: 'zip' }
  | { readonly kind: 'blobs'; readonly blobs: readonly Uint8Array[] }
  | { readonly kind: 'words'; readonly words: readonly bigint[]; readonly form: string }
  | { readonly kind: 'calldata'; readonly data: Uint8Array }
  | { readonly kind: 'raw-transaction'; readonly bytes: Uint8Array }
  | { readonly kind: 'object'; readonly json: JsonObject }
  | { readonly kind: 'other'; readonly what: string };

export type JsonObject = { readonly [name: string]: LosslessJson };

const SHOWN_NAMES = 5;
/** EIP-2718 types of transactions that can be in a file, each followed by an RLP list. */
const MAX_TRANSACTION_TYPE = 4;
const RLP_LONG_LIST = 0xf8;

export function recognise({ isZip, bytes }: InputFile): Recognised {
  if (isZip) return { kind: 'zip' };
  if (bytes === undefined)
    return { kind: 'other', what: 'larger than anything that can be decoded, and no zip archive' };
  if (bytes.length === 0) return { kind: 'other', what: 'empty' };
  return isText(bytes) ? recogniseText(Buffer.from(bytes).toString('latin1').trim()) : recogniseBytes(bytes);
}

/** Completes "it is ...". */
function describe(found: Recognised): string {
  switch (found.kind) {
    case 'zip':
      return 'a zip archive; if it is a Cairo PIE, use "orchestrator decode pie"';
    case 'blobs':
      return `${found.blobs.length === 1 ? 'a blob' : `${found.blobs.length} blobs`} of ${BYTES_PER_BLOB} bytes; use "orchestrator decode blob"`;
    case 'words':
      return `a list of ${found.words.length} numbers (${found.form}); if it is a program output, use "orchestrator decode output"`;
    case 'calldata':
      return 'call data of the core contract; use "orchestrator decode calldata"';
    case 'raw-transaction':
      return 'a signed transaction; use "orchestrator decode tx"';
    case 'object':
      return describeObject(found.json);
    case 'other':
      return found.what;
  }
}

export function wrongInput(path: string, wanted: string, found: Recognised): OrchestratorError {
  return new OrchestratorError('INPUT_INVALID', `${path} is not ${wanted}: it is ${describe(found)}.`, {
    context: { found: found.kind },
  });
}

function recogniseText(text: string): Recognised {
  if (text === '') return { kind: 'other', what: 'nothing but white space' };
  if (text.startsWith('<')) return { kind: 'other', what: 'a web page or XML' };
  if (text.startsWith('{') || text.startsWith('[')) return recogniseJson(text);
  const digits = text.replace(/^0x/, '').replace(/\s+/g, '');
  if (/^[0-9a-fA-F]+$/.test(digits) && digits.length % 2 === 0) {
    const found = recogniseHex(Buffer.from(digits, 'hex'));
    if (found !== undefined) return found;
  }
  const words = parseWordList(text);
  if (words !== undefined) return { kind: 'words', words, form: 'one after the other' };
  return { kind: 'other', what: `text that begins with ${JSON.stringify(text.slice(0, 40))}` };
}

function recogniseJson(text: string): Recognised {
  let json: LosslessJson;
  try {
    json = parseLosslessJson(text);
  } catch (error) {
    if (error instanceof JsonLimitError)
      return { kind: 'other', what: `text that begins like JSON and has more in it than is read: ${error.message}` };
    return {
      kind: 'other',
      what: `text that begins like JSON and is none: ${error instanceof Error ? error.message : ''}`,
    };
  }
  const words = wordsOfJson(json);
  if (words !== undefined) return { kind: 'words', words, form: 'JSON array' };
  if (Array.isArray(json)) {
    const blobs = blobsOfJson(json);
    return blobs === undefined
      ? { kind: 'other', what: `a JSON array of ${json.length} things that are no numbers` }
      : { kind: 'blobs', blobs };
  }
  return { kind: 'object', json: json as JsonObject };
}

function blobsOfJson(items: readonly LosslessJson[]): Uint8Array[] | undefined {
  const blobs = items.map((item) =>
    typeof item === 'string' && /^(0x)?([0-9a-fA-F]{2})+$/.test(item)
      ? Uint8Array.from(Buffer.from(item.replace(/^0x/, ''), 'hex'))
      : new Uint8Array(),
  );
  return blobs.length > 0 && blobs.every(({ length }) => length === BYTES_PER_BLOB) ? blobs : undefined;
}

function recogniseBytes(bytes: Uint8Array): Recognised {
  const found = recogniseHex(bytes);
  if (found !== undefined) return found;
  try {
    return { kind: 'words', words: decodeProgramOutput(bytes), form: 'binary, with their number in front' };
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return {
      kind: 'other',
      what: `binary data of ${bytes.length} bytes that begins ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`,
    };
  }
}

/** What bytes are, wherever they came from. */
function recogniseHex(bytes: Uint8Array): Recognised | undefined {
  if (bytes.length % BYTES_PER_BLOB === 0) return { kind: 'blobs', blobs: cut(bytes) };
  if (isCoreContractCall(bytes)) return { kind: 'calldata', data: bytes };
  const [type = 0xff, list = 0] = bytes;
  if (type >= 1 && type <= MAX_TRANSACTION_TYPE && list >= RLP_LONG_LIST) return { kind: 'raw-transaction', bytes };
  return undefined;
}

function cut(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / BYTES_PER_BLOB }, (_, k) =>
    bytes.slice(k * BYTES_PER_BLOB, (k + 1) * BYTES_PER_BLOB),
  );
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function describeObject(json: JsonObject): string {
  if ('state_diff' in json && 'new_root' in json) return 'a state update, as a Starknet node answers it';
  if ('initial_root' in json && 'new_block_number' in json)
    return 'the fields of an OS output; use "orchestrator decode output"';
  if ('input' in json && 'hash' in json) return 'a transaction; use "orchestrator decode tx"';
  const names = Object.keys(json);
  const shown = names.slice(0, SHOWN_NAMES).map((name) => name.slice(0, 40));
  return `a JSON object with ${names.length === 0 ? 'no fields' : `the fields ${shown.join(', ')}${names.length > SHOWN_NAMES ? ', ...' : ''}`}`;
}
