import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProcessOrders } from './process-orders.ts';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its log. */
  readonly output: string;
}

const PROGRAM = fileURLToPath(new URL('./orchestrator-process.ts', import.meta.url));

/** Runs one orchestrator process to its end, whatever that is. It is killed after `limitMs`, and ends when we do. */
export async function runChild(orders: ProcessOrders, compileCache: string, limitMs: number): Promise<ChildEnd> {
  const child = spawn(process.execPath, ['--no-warnings', PROGRAM, JSON.stringify(orders)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compileCache },
  });
  child.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...end) => resolve(end));
    });
    const late = child.killed ? `\nkilled after ${limitMs} ms` : '';
    return { code, signal, output: Buffer.concat(chunks).toString('utf8') + late };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
