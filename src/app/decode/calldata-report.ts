import { feltToHex } from '../../starknet/felt.ts';
import { decodeCoreContractCall } from './core-contract-call.ts';
import { type OutputReport, outputLines, reportOutput } from './output-report.ts';
import { field } from './report-text.ts';

export interface CalldataReport {
  readonly kind: 'core-contract-call';
  readonly function: string;
  readonly kzg_proofs: readonly string[];
  /** Only of a state update with its difference in the call data. */
  readonly onchain_data_hash: string | null;
  readonly onchain_data_size: string | null;
  readonly program_output: readonly string[];
  readonly os_output: OutputReport;
}

/** What a call of the core contract says; INPUT_INVALID or OUTPUT_INVALID when it cannot be decoded. */
export function reportCalldata(data: Uint8Array): CalldataReport {
  const { functionName, programOutput, kzgProofs, onchainData } = decodeCoreContractCall(data);
  return {
    kind: 'core-contract-call',
    function: functionName,
    kzg_proofs: kzgProofs,
    onchain_data_hash: onchainData === undefined ? null : feltToHex(onchainData.hash),
    onchain_data_size: onchainData === undefined ? null : `${onchainData.size}`,
    program_output: programOutput.map(feltToHex),
    os_output: reportOutput(programOutput),
  };
}

export function calldataLines(report: CalldataReport): string[] {
  return [
    field('function', report.function),
    ...report.kzg_proofs.map((proof, index) => field(`KZG proof ${index}`, proof)),
    ...(report.onchain_data_hash === null
      ? []
      : [field('on-chain data', `${report.onchain_data_size} words, ${report.onchain_data_hash}`)]),
    ...outputLines(report.os_output),
  ];
}
