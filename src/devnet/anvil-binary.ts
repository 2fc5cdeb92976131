import { createRequire } from 'node:module';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Path of the Anvil executable for this machine. Not the package's `anvil` command: that is a Node script which starts
 * the executable and leaves it running when it is killed itself.
 */
export function anvilBinary(): string {
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${architecture}`;
  try {
    // The platform package is a dependency of the main one and may be installed below it.
    const here = createRequire(import.meta.url);
    const anvil = createRequire(here.resolve('@foundry-rs/anvil/package.json'));
    return anvil.resolve(`${name}/bin/anvil${process.platform === 'win32' ? '.exe' : ''}`);
  } catch (cause) {
    throw new OrchestratorError('PROCESS_FAILED', `the local Ethereum node is not installed: no package ${name}`, {
      cause,
      hint: 'Run npm ci without --omit=optional on a platform that Foundry publishes Anvil for.',
    });
  }
}
