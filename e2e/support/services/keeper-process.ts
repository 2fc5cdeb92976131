import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Tell each test file where the keeper listens and which folder goes with the run. */
export const KEEPER_VARIABLE = 'E2E_SERVICES_KEEPER';
export const FOLDER_VARIABLE = 'E2E_SERVICES_FOLDER';

const KEEPER = fileURLToPath(new URL('./keeper.ts', import.meta.url));

/** Starts the keeper of a run and names it in the environment. It starts no service before one is asked for. */
export async function startKeeper(): Promise<ChildProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-e2e-services-'));
  const keeper = spawn(process.execPath, ['--no-warnings', KEEPER, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C is for the run; the keeper ends when the run has ended.
    detached: true,
  });
  const port = await new Promise<string>((resolve, reject) => {
    keeper.once('error', reject);
    keeper.once('exit', (code) => reject(new Error(`the keeper of the services ended with code ${code}`)));
    if (keeper.stdout !== null) createInterface(keeper.stdout).once('line', resolve);
  });
  process.env[KEEPER_VARIABLE] = `http://127.0.0.1:${port}`;
  process.env[FOLDER_VARIABLE] = folder;
  return keeper;
}

/** Ends the keeper and all that it started. */
export async function stopKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  const exited = once(keeper, 'exit');
  keeper.stdin?.end();
  await exited;
}
