import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex, parseFelt } from '../../starknet/felt.ts';
import { type BlobReport, reportBlobs, reportWords } from './blob-report.ts';
import { type CalldataReport, reportCalldata } from './calldata-report.ts';
import { transactionFacts } from './fetch-transaction.ts';
import { type OutputReport, reportOutput } from './output-report.ts';
import { type PieReport, reportPie } from './pie-report.ts';
import { readRawTransaction } from './raw-transaction.ts';
import { readInput } from './read-input.ts';
import { type JsonObject, recognise, wrongInput } from './recognise.ts';
import { field } from './report-text.ts';
import { reportTransaction, type TransactionReport } from './transaction-report.ts';

/**
 * Blobs from files, each with one or several (hex, raw bytes or JSON), decoded as one state difference; or one file with
 * the words of a state difference (JSON, hex or decimal).
 *
 * @throws OrchestratorError INPUT_INVALID for a file that is something else, and says what
 */
export async function decodeBlobFiles(paths: readonly string[]): Promise<BlobReport> {
  const blobs: Uint8Array[] = [];
  for (const path of paths) {
    const found = recognise(await readInput(path));
    if (found.kind === 'words' && paths.length === 1 && found.words.length > 1) return wordsIn(path, found.words);
    if (found.kind !== 'blobs') throw wrongInput(path, 'a blob', found);
    blobs.push(...found.blobs);
  }
  return reportBlobs(blobs);
}

/** A list of words can be a program output as well: then that is said. */
function wordsIn(path: string, words: readonly bigint[]): BlobReport {
  try {
    return reportWords(words);
  } catch (error) {
    if (!isProgramOutput(words)) throw error;
    throw new OrchestratorError(
      'INPUT_INVALID',
      `${path} is not a blob: it is a program output of ${words.length} words; use "orchestrator decode output".`,
      { cause: error },
    );
  }
}

function isProgramOutput(words: readonly bigint[]): boolean {
  try {
    reportOutput(words);
    return true;
  } catch (error) {
    if (error instanceof OrchestratorError) return false;
    throw error;
  }
}

/** A program output in any of the forms in which outputs are stored: binary, hex or decimal lines, JSON. */
export async function decodeOutputFile(path: string): Promise<OutputReport | HeaderReport> {
  const found = recognise(await readInput(path));
  if (found.kind === 'words') return reportOutput(found.words);
  if (found.kind === 'object' && 'initial_root' in found.json) return reportHeader(found.json);
  throw wrongInput(path, 'a program output', found);
}

/** Lines of text for a header. */
export function headerLines({ kind: _, ...fields }: HeaderReport): string[] {
  return Object.entries(fields).map(([name, value]) => field(name, value));
}

/** Header of an output as older versions store it in `snos_output.json`; without what binds it to blobs. */
export interface HeaderReport {
  readonly kind: 'os-output-header';
  readonly [field: string]: string | number;
}

const HEADER_FELTS = [
  'initial_root',
  'final_root',
  'prev_block_number',
  'new_block_number',
  'prev_block_hash',
  'new_block_hash',
  'os_program_hash',
  'starknet_os_config_hash',
  'use_kzg_da',
  'full_output',
];
const NUMBERS = ['prev_block_number', 'new_block_number', 'use_kzg_da', 'full_output'];

function reportHeader(json: JsonObject): HeaderReport {
  const present = HEADER_FELTS.filter((name) => json[name] !== undefined && json[name] !== null);
  const fields = present.map((name): [string, string | number] => {
    const felt = parseFelt(json[name], name);
    const isNumber = NUMBERS.includes(name) && felt <= BigInt(Number.MAX_SAFE_INTEGER);
    return [name, isNumber ? Number(felt) : feltToHex(felt)];
  });
  const messages = ['messages_to_l1', 'messages_to_l2'].flatMap((name): [string, number][] => {
    const words = json[name];
    return Array.isArray(words) ? [[`${name}_words`, words.length]] : [];
  });
  return { kind: 'os-output-header', ...Object.fromEntries([...fields, ...messages]) };
}

/** Call data of the core contract, as hex or bytes. */
export async function decodeCalldataFile(path: string): Promise<CalldataReport> {
  const found = recognise(await readInput(path));
  if (found.kind !== 'calldata') throw wrongInput(path, 'call data of the core contract', found);
  return reportCalldata(found.data);
}

/** A transaction as `eth_getTransactionByHash` answers it (JSON), or signed and ready to be sent (hex or bytes). */
export async function decodeTransactionFile(path: string): Promise<TransactionReport> {
  const found = recognise(await readInput(path));
  if (found.kind === 'raw-transaction') return reportTransaction(readRawTransaction(found.bytes));
  if (found.kind === 'object') {
    const { result = found.json } = found.json;
    if (typeof result === 'object' && result !== null && 'input' in result)
      return reportTransaction(transactionFacts(result));
  }
  throw wrongInput(path, 'a transaction', found);
}

/** A Cairo PIE, which may be too large for the memory. */
export async function decodePieFile(path: string): Promise<PieReport> {
  const found = recognise(await readInput(path));
  if (found.kind !== 'zip') throw wrongInput(path, 'a Cairo PIE', found);
  return reportPie(path);
}
