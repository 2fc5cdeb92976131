/**
 * Compiles `contracts/*.sol` with the pinned solc of npm into `contracts/artifacts/`.
 *
 *     npm run contracts              write the artifacts
 *     npm run contracts -- --check   compare instead; exit 1 and name each artifact that differs
 *
 * `--dir DIR` takes another folder than `contracts`. The compiler is WebAssembly: equal sources give equal bytes on
 * every machine.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import solc from 'solc';

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<
    Record<
      string,
      Readonly<
        Record<string, { readonly abi: unknown; readonly evm: { readonly bytecode: { readonly object: string } } }>
      >
    >
  >;
}

const CONTRACTS = ['FactRegistry', 'StarknetCore'];

const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  // First rules with blobhash and the point evaluation precompile; every later fork runs it.
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
};

/** File name of each artifact with its text. */
function compile(dir: string): Map<string, string> {
  const names = readdirSync(dir)
    .filter((name) => name.endsWith('.sol'))
    .sort();
  const sources = Object.fromEntries(names.map((name) => [name, { content: readFileSync(join(dir, name), 'utf8') }]));
  const input = {
    language: 'Solidity',
    sources,
    settings: { ...SETTINGS, outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const problems = (output.errors ?? []).map((error) => error.formattedMessage);
  if (problems.length > 0) throw new Error(`solc: ${problems.join('\n')}`);

  const sha256 = Object.fromEntries(
    Object.entries(sources).map(([name, { content }]) => [name, createHash('sha256').update(content).digest('hex')]),
  );
  return new Map(
    CONTRACTS.map((name) => {
      const contract = output.contracts?.[`${name}.sol`]?.[name];
      if (contract === undefined) throw new Error(`solc did not return ${name}`);
      const artifact = {
        contractName: name,
        compiler: `solc ${solc.version()}`,
        settings: SETTINGS,
        sourcesSha256: sha256,
        abi: contract.abi,
        bytecode: `0x${contract.evm.bytecode.object}`,
      };
      return [`${name}.json`, `${JSON.stringify(artifact, null, 2)}\n`];
    }),
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, dir: { type: 'string' } } });
const dir = values.dir ?? fileURLToPath(new URL('../contracts', import.meta.url));
const artifacts = join(dir, 'artifacts');
const compiled = compile(dir);

if (values.check) {
  const stale = [...compiled]
    .filter(([name, text]) => readIfThere(join(artifacts, name)) !== text)
    .map(([name]) => name);
  for (const name of stale) console.error(`${name} does not match its source: run npm run contracts`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  mkdirSync(artifacts, { recursive: true });
  for (const [name, text] of compiled) writeFileSync(join(artifacts, name), text);
}
