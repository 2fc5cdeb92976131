import { createInterface } from 'node:readline';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { ANVIL_MNEMONIC } from './anvil-accounts.ts';
import { anvilBinary } from './anvil-binary.ts';
import { spawnGuarded } from './child-process/spawn-guarded.ts';

export { ANVIL_ACCOUNTS, type DevAccount } from './anvil-accounts.ts';

export interface AnvilOptions {
  /** Seconds between blocks; without it a block is mined for each transaction, and an idle chain stands still. */
  readonly blockTimeSeconds?: number;
  /** Default 31337. */
  readonly chainId?: number;
  /** Default: a free one. */
  readonly port?: number;
  /** Name of the EVM rules, for example `cancun`, `prague`, `osaka`; default: the newest that Anvil knows. */
  readonly hardfork?: string;
}

export interface Anvil {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Of the real Anvil process. */
  readonly pid: number;
  /** Resolves when Anvil is gone. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const LISTENING = /Listening on ([\d.]+:\d+)/;

/**
 * Starts a local Ethereum node on the loopback interface, with ten funded accounts of {@link ANVIL_MNEMONIC}. It ends
 * with this process, even after `kill -9`.
 *
 * @throws OrchestratorError `PROCESS_FAILED` when it does not start; the message has its last output.
 */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const args = ['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--mnemonic', ANVIL_MNEMONIC];
  args.push('--chain-id', String(options.chainId ?? 31337));
  if (options.blockTimeSeconds !== undefined) args.push('--block-time', String(options.blockTimeSeconds));
  if (options.hardfork !== undefined) args.push('--hardfork', options.hardfork);

  const anvil = await spawnGuarded(anvilBinary(), args, { output: 'pipe' });
  const lastLines: string[] = [];
  try {
    const address = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it did not listen in time')), START_TIMEOUT_MS);
      for (const stream of [anvil.stdout, anvil.stderr]) {
        if (stream === null) continue;
        // Reading goes on after the start: a full pipe would block Anvil at its next log line.
        createInterface({ input: stream }).on('line', (line) => {
          lastLines.push(line);
          if (lastLines.length > 20) lastLines.shift();
          const match = LISTENING.exec(line)?.[1];
          if (match !== undefined) {
            clearTimeout(timer);
            resolve(match);
          }
        });
      }
      void anvil.exited.then((code) => {
        clearTimeout(timer);
        reject(new Error(`it ended with code ${code}`));
      });
    });
    return {
      url: `http://${address}`,
      pid: anvil.pid,
      stop: async () => {
        await anvil.stop();
      },
    };
  } catch (cause) {
    await anvil.stop();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const output = lastLines
      .filter((line) => line.trim() !== '')
      .slice(-5)
      .join(' | ');
    throw new OrchestratorError(
      'PROCESS_FAILED',
      `the local Ethereum node did not start: ${reason}. ${output}`.trim(),
      {
        cause,
        context: { port: options.port, hardfork: options.hardfork },
      },
    );
  }
}
