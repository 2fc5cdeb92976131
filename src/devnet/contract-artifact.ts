import { readFile } from 'node:fs/promises';
import type { Abi, Hex } from 'viem';
import { z } from 'zod';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

export type ContractName = 'FactRegistry' | 'StarknetCore';

export interface ContractArtifact {
  readonly abi: Abi;
  /** Creation code, without constructor arguments. */
  readonly bytecode: Hex;
}

const schema = z.object({
  abi: z.array(z.looseObject({ type: z.string() })),
  bytecode: z.string().regex(/^0x([0-9a-f]{2})+$/),
});

/** Compiled contract of `contracts/artifacts`, which lies beside both `src` and `dist`. */
export async function contractArtifact(name: ContractName): Promise<ContractArtifact> {
  const file = new URL(`../../contracts/artifacts/${name}.json`, import.meta.url);
  try {
    const { abi, bytecode } = schema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { abi: abi as unknown as Abi, bytecode: bytecode as Hex };
  } catch (cause) {
    throw new OrchestratorError('CONFIG_INVALID', `the compiled contract ${name} is missing or damaged`, {
      cause,
      context: { file: file.pathname },
      hint: 'Install the package again, or run npm run contracts in a checkout.',
    });
  }
}
