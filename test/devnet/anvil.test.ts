import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createPublicClient, http, parseEther } from 'viem';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { gone, isRunning } from './processes.ts';

const PARENT = fileURLToPath(new URL('./fixtures/anvil-parent.ts', import.meta.url));

/** A process in a group of its own that started Anvil, as a terminal would run it. */
async function parentWithAnvil(): Promise<{ parent: number; anvil: number; url: string }> {
  const child = spawn(process.execPath, [PARENT], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  for await (const line of createInterface({ input: child.stdout })) {
    const [pid, url] = line.split(' ');
    if (child.pid === undefined || url === undefined) break;
    return { parent: child.pid, anvil: Number(pid), url };
  }
  throw new Error('the parent did not start Anvil');
}

describe('startAnvil', () => {
  const started: Anvil[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((anvil) => anvil.stop()));
  });
  const start = async (options: Parameters<typeof startAnvil>[0]): Promise<Anvil> => {
    const anvil = await startAnvil(options);
    started.push(anvil);
    return anvil;
  };

  it('serves the requested chain with the well-known accounts funded, and ends when stopped', async () => {
    const anvil = await start({ chainId: 4242 });
    const client = createPublicClient({ transport: http(anvil.url, { timeout: 120_000 }) });
    expect(await client.getChainId()).toBe(4242);
    for (const { address } of ANVIL_ACCOUNTS) expect(await client.getBalance({ address })).toBe(parseEther('10000'));
    expect(isRunning(anvil.pid)).toBe(true);
    await anvil.stop();
    expect(isRunning(anvil.pid)).toBe(false);
    await anvil.stop();
  });

  it('mines on its own with a block time', async () => {
    const client = createPublicClient({
      transport: http((await start({ blockTimeSeconds: 1 })).url),
      pollingInterval: 50,
    });
    const next = await new Promise<bigint>((resolve, reject) => {
      const unwatch = client.watchBlockNumber({
        onBlockNumber: (number) => {
          if (number === 0n) return;
          unwatch();
          resolve(number);
        },
        onError: reject,
      });
    });
    expect(next).toBeGreaterThan(0n);
  });

  it('says why it did not start', async () => {
    const first = await start({});
    const port = Number(new URL(first.url).port);
    await expect(startAnvil({ port })).rejects.toMatchObject({
      code: 'PROCESS_FAILED',
      message: expect.stringContaining('Address already in use'),
    });
    await expect(startAnvil({ hardfork: 'nonsense' })).rejects.toMatchObject({
      code: 'PROCESS_FAILED',
      message: expect.stringContaining('nonsense'),
    });
  });

  it.each([
    ['kill -9 of the parent', (parent: number) => process.kill(parent, 'SIGKILL')],
    ['kill -9 of its whole process group', (parent: number) => process.kill(-parent, 'SIGKILL')],
    ['Ctrl-C (SIGINT to the process group)', (parent: number) => process.kill(-parent, 'SIGINT')],
  ])('ends the real Anvil after %s', async (_name, kill) => {
    const { parent, anvil, url } = await parentWithAnvil();
    expect(isRunning(anvil)).toBe(true);
    expect(await createPublicClient({ transport: http(url, { timeout: 120_000 }) }).getChainId()).toBe(31337);
    kill(parent);
    await gone(parent);
    await gone(anvil);
    await expect(fetch(url)).rejects.toThrow();
  });
});
