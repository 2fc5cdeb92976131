import { decodeSettings, decodeTxSettings } from '../../config/settings/command-settings.ts';
import type { Command, CommandCall } from '../command.ts';
import { valuesOf } from '../values-of.ts';

const FILE = { file: 'File to decode.' };

export const decodeBlob: Command = {
  usage: 'decode blob <files..>',
  description: 'Show the state difference in blobs.',
  settings: decodeSettings,
  positionals: {
    files: 'Files with blobs (hex, bytes or JSON), all those of one transaction in their order; or one with words.',
  },
  examples: [['$0 decode blob blob_1.txt blob_2.txt --json', 'one state difference in two blobs']],
  run: async (call) => {
    const { decodeBlobFiles } = await import('../../app/decode/decode-file.ts');
    const { blobLines } = await import('../../app/decode/blob-report.ts');
    return show(call, await decodeBlobFiles(call.lists.files ?? []), blobLines);
  },
};

export const decodeOutput: Command = {
  usage: 'decode output <file>',
  description: 'Show what a program output says: blocks, roots, blobs, messages.',
  settings: decodeSettings,
  positionals: { file: 'File with the words: binary, hex or decimal lines, JSON.' },
  run: async (call) => {
    const { decodeOutputFile, headerLines } = await import('../../app/decode/decode-file.ts');
    const { outputLines } = await import('../../app/decode/output-report.ts');
    const report = await decodeOutputFile(call.positionals.file ?? '');
    return report.kind === 'os-output' ? show(call, report, outputLines) : show(call, report, headerLines);
  },
};

export const decodeCalldata: Command = {
  usage: 'decode calldata <file>',
  description: 'Show what a call of the core contract says.',
  settings: decodeSettings,
  positionals: FILE,
  run: async (call) => {
    const { decodeCalldataFile } = await import('../../app/decode/decode-file.ts');
    const { calldataLines } = await import('../../app/decode/calldata-report.ts');
    return show(call, await decodeCalldataFile(call.positionals.file ?? ''), calldataLines);
  },
};

export const decodeTx: Command = {
  usage: 'decode tx <transaction>',
  description: 'Show what a settlement transaction says, with its blobs where they can be had.',
  settings: decodeTxSettings,
  positionals: {
    transaction: 'Hash of the transaction, or a file with it (JSON of a node, or signed as hex or bytes).',
  },
  examples: [['$0 decode tx 0x4e01.. --rpc http://127.0.0.1:8545', 'a transaction of a local node']],
  run: async (call) => {
    const { rpc } = valuesOf(decodeTxSettings, call);
    const { decodeTransaction } = await import('../../app/decode/decode-transaction.ts');
    const { transactionLines } = await import('../../app/decode/transaction-report.ts');
    const report = await decodeTransaction(call.positionals.transaction ?? '', rpc, call.io.stop);
    return show(call, report, transactionLines);
  },
};

export const decodePie: Command = {
  usage: 'decode pie <file>',
  description: 'Show what a Cairo PIE holds: program hash, fact, output, pages, steps.',
  settings: decodeSettings,
  positionals: FILE,
  run: async (call) => {
    const { decodePieFile } = await import('../../app/decode/decode-file.ts');
    const { pieLines } = await import('../../app/decode/pie-report.ts');
    return show(call, await decodePieFile(call.positionals.file ?? ''), pieLines);
  },
};

function show<R>(call: CommandCall, report: R, lines: (report: R) => string[]): number {
  const { json } = valuesOf(decodeSettings, call);
  for (const line of json ? [JSON.stringify(report, null, 2)] : lines(report)) call.io.print(line);
  return 0;
}
