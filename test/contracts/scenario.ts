import type { Hex } from 'viem';
import { bytesToHex } from 'viem';
import { wordsToBlob } from '../../src/starknet/blob.ts';
import { readVectorBytes, readVectorJson } from '../vectors.ts';

/** One update of `acceptance/scenarios.json`, with its blobs read. */
export interface Step {
  readonly output: readonly bigint[];
  readonly blobs: readonly Hex[];
  readonly versionedHashes: readonly Hex[];
  readonly proofs: readonly Hex[];
  readonly stateFact: Hex;
  readonly sharpFact: Hex;
  readonly calldataHash: Hex;
  readonly messagesToL1: number;
  readonly messagesToL2: number;
  readonly expect: { readonly stateRoot: bigint; readonly stateBlockNumber: bigint; readonly stateBlockHash: bigint };
}

export interface Scenario {
  readonly name: string;
  readonly init: {
    readonly programHash: bigint;
    readonly aggregatorProgramHash: bigint;
    readonly configHash: bigint;
    readonly stateRoot: bigint;
    readonly blockNumber: number;
    readonly blockHash: bigint;
  };
  readonly steps: readonly Step[];
}

interface RawStep {
  program_output: string[];
  blobs?: string[];
  blob_versioned_hashes: Hex[];
  kzg_proofs: Hex[];
  state_transition_fact: Hex;
  sharp_fact: Hex;
  calldata_keccak256: Hex;
  messages_to_l1: number;
  messages_to_l2: number;
  expect: { stateRoot: string; stateBlockNumber: number; stateBlockHash: string };
}
interface RawScenario {
  name: string;
  init: Record<'programHash' | 'aggregatorProgramHash' | 'configHash' | 'stateRoot' | 'blockHash', string> & {
    blockNumber: number;
  };
  steps: RawStep[];
}

export function loadScenarios(): Scenario[] {
  return (readVectorJson('acceptance', 'scenarios.json') as RawScenario[]).map(({ name, init, steps }) => ({
    name,
    init: {
      programHash: BigInt(init.programHash),
      aggregatorProgramHash: BigInt(init.aggregatorProgramHash),
      configHash: BigInt(init.configHash),
      stateRoot: BigInt(init.stateRoot),
      blockNumber: init.blockNumber,
      blockHash: BigInt(init.blockHash),
    },
    steps: steps.map((step) => ({
      output: step.program_output.map(BigInt),
      // Only the encrypted batch has no blob file: its words are given instead.
      blobs: (step.blobs?.map((path) => readVectorBytes(path)) ?? [paradexBlob()]).map((blob) => bytesToHex(blob)),
      versionedHashes: step.blob_versioned_hashes,
      proofs: step.kzg_proofs,
      stateFact: step.state_transition_fact,
      sharpFact: step.sharp_fact,
      calldataHash: step.calldata_keccak256,
      messagesToL1: step.messages_to_l1,
      messagesToL2: step.messages_to_l2,
      expect: {
        stateRoot: BigInt(step.expect.stateRoot),
        stateBlockNumber: BigInt(step.expect.stateBlockNumber),
        stateBlockHash: BigInt(step.expect.stateBlockHash),
      },
    })),
  }));
}

export function loadScenario(name: string): Scenario & { readonly first: Step } {
  const scenario = loadScenarios().find((candidate) => candidate.name === name);
  const first = scenario?.steps[0];
  if (scenario === undefined || first === undefined) throw new Error(`no scenario ${name}`);
  return { ...scenario, first };
}

function paradexBlob(): Uint8Array {
  return wordsToBlob((readVectorJson('paradex', '1', 'da_segment.json') as string[]).map(BigInt));
}
