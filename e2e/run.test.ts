import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect } from '@jest/globals';
import { generatePrivateKey } from 'viem/accounts';
import { GeneratedChain } from '../src/devnet/chain/generated/generated-chain.ts';
import { shortString } from '../src/starknet/felt.ts';
import { chainOf, serve, serveBehindProxy } from './support/chain.ts';
import type { CoreOnAnvil } from './support/ethereum.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import type { Behaviour } from './support/rpc-proxy.ts';
import { type RunSetup, runArguments } from './support/run-arguments.ts';
import type { Site } from './support/site.ts';
import { testAt } from './support/test-at.ts';

const POSITION = 41;
const LAST = 46;

const ethereum = ethereumForFile();

interface Scene extends RunSetup {
  readonly core: CoreOnAnvil;
}

/** A chain of 47 blocks, of which the contract knows the first 42. */
async function sceneAt(site: Site): Promise<Scene> {
  const chain = chainOf(3, LAST + 1);
  return {
    ethereum: ethereum(),
    core: await ethereum().deploy(chain, POSITION, LAST),
    nodeUrl: await serve(site, chain),
    dataDir: site.path('data'),
  };
}

describe('orchestrator run, on a chain and a contract that it did not make', () => {
  testAt(
    'settles from the block after the position of the contract and ends with the block that it was told',
    async (site) => {
      const scene = await sceneAt(site);
      const env = {
        MADARA_ORCHESTRATOR_MIN_BLOCK_NO_TO_PROCESS: '10',
        MADARA_ORCHESTRATOR_MAX_BLOCK_NO_TO_PROCESS: '44',
      };
      const first = site.start(...runArguments({ ...scene, env, more: ['--exit-when-settled', '44'] }));
      await site.expectExit(first, 0);
      expect(await scene.core.updates()).toEqual([42, 43, 44]);
      expect(await scene.core.transactions()).toBe(3);
      expect(await scene.core.root()).toBe(chainOf(3, LAST + 1).header(44).newRoot);
      const planned = (await site.json(['jobs', 'list', '--data-dir', scene.dataDir])) as { internal_id: number }[];
      expect([...new Set(planned.map(({ internal_id }) => internal_id))]).toEqual([42, 43, 44]);

      // The same directory goes on where it was, without a bound.
      await site.expectExit(site.start(...runArguments({ ...scene, more: ['--exit-when-settled', String(LAST)] })), 0);
      expect(await scene.core.updates()).toEqual([42, 43, 44, 45, 46]);

      // Nothing left to do, on this directory and on a new one.
      await site.expectExit(site.start(...runArguments({ ...scene, more: ['--exit-when-settled', '45'] })), 0);
      const other = { ...scene, dataDir: site.path('other') };
      await site.expectExit(site.start(...runArguments({ ...other, more: ['--exit-when-settled', '46'] })), 0);
      expect(await scene.core.transactions()).toBe(5);
      await site.nothingRuns();
    },
  );

  testAt('says what to do about settings that do not fit, and ends with 2', async (site) => {
    const scene = await sceneAt(site);
    const emptyKey = generatePrivateKey();
    const cases: readonly (readonly [string, Partial<RunSetup>, RegExp])[] = [
      [
        'a first block that would leave out others',
        { env: { MADARA_ORCHESTRATOR_MIN_BLOCK_NO_TO_PROCESS: '43' } },
        /stands at block 41, so block 42 comes next.*would leave out 1 of them[\s\S]*set it to 42 or less/,
      ],
      [
        'a key that is no operator',
        { env: { MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY: await ethereum().account() } },
        /is not an operator of the core contract 0x[0-9a-f]{40}[\s\S]*registerOperator/,
      ],
      [
        'an account without funds that registers facts',
        { more: ['--fact-registry-private-key', emptyKey] },
        /given more than once/,
      ],
      [
        'an address without a contract',
        { env: { MADARA_ORCHESTRATOR_L1_CORE_CONTRACT_ADDRESS: `0x${'12'.repeat(20)}` } },
        /there is no Starknet core contract at 0x(12){20}[\s\S]*Check the core contract address/,
      ],
      [
        'an unknown flag',
        { more: ['--exit-when-setled', '5'] },
        /Unknown flag --exit-when-setled; did you mean --exit-when-settled/,
      ],
      ['a value that is no number', { more: ['--lease-seconds', 'soon'] }, /"soon"/],
      [
        'an address of a node that is none',
        { env: { MADARA_ORCHESTRATOR_MADARA_RPC_URL: 'localhost:9944' } },
        /MADARA_ORCHESTRATOR_MADARA_RPC_URL.*http:\/\//,
      ],
      [
        'no address of a node',
        { env: { MADARA_ORCHESTRATOR_MADARA_RPC_URL: '' } },
        /MADARA_ORCHESTRATOR_MADARA_RPC_URL.*is missing/,
      ],
    ];
    for (const [name, change, sentence] of cases) {
      const { code, output } = await site.command(...runArguments({ ...scene, ...change }));
      expect({ name, code, output }).toEqual({ name, code: 2, output: expect.stringMatching(sentence) });
      mustBePlain(output, [scene.core.operatorKey, scene.core.registrarKey, emptyKey]);
    }
    expect(await scene.core.transactions()).toBe(0);
  });

  testAt('does not start with accounts that cannot pay', async (site) => {
    const scene = await sceneAt(site);
    const broke = await ethereum().account('0');
    const { address, url, operatorKey } = scene.core;
    const cannotRegister: RunSetup = { ...scene, core: { address, url, operatorKey, registrarKey: broke } };
    expect(await site.command(...runArguments(cannotRegister))).toMatchObject({
      code: 2,
      output: expect.stringMatching(
        /0x[0-9a-fA-F]{40}, which registers facts, has no funds[\s\S]*--fact-registry-private-key/,
      ),
    });
    await ethereum().setBalance(operatorKey, '0');
    expect(await site.command(...runArguments(scene))).toMatchObject({
      code: 2,
      output: expect.stringMatching(
        /0x[0-9a-fA-F]{40}, which pays for state updates, has no funds[\s\S]*Send ether to it/,
      ),
    });
  });

  testAt(
    'says which node does not answer, and ends with 2',
    async (site) => {
      const scene = await sceneAt(site);
      const starknet = await serveBehindProxy(site, scene.nodeUrl);
      const settlement = await serveBehindProxy(site, ethereum().anvil.url);
      const both: RunSetup = { ...scene, nodeUrl: starknet.url, ethereumUrl: settlement.url };
      const hangs = await hangingNodes(site, both);
      const behaviours: readonly Behaviour[] = ['html', 'reset'];
      for (const behaviour of behaviours) {
        starknet.behaviour = behaviour;
        await mustEndWithSentence(site, both, new RegExp(new URL(starknet.url).host));
        starknet.behaviour = 'pass';
        settlement.behaviour = behaviour;
        await mustEndWithSentence(site, both, new RegExp(new URL(settlement.url).host));
        settlement.behaviour = 'pass';
      }
      const closed = await closedPort();
      await mustEndWithSentence(site, { ...scene, nodeUrl: closed }, new RegExp(new URL(closed).host));
      await mustEndWithSentence(site, { ...scene, ethereumUrl: closed }, new RegExp(new URL(closed).host));
      await hangs();
      expect(await scene.core.transactions()).toBe(0);
    },
    300_000,
  );

  testAt('does not wait for a node without an answer when it is stopped', async (site) => {
    const scene = await sceneAt(site);
    const starknet = await serveBehindProxy(site, scene.nodeUrl);
    const more = ['--graceful-shutdown-timeout', '1'];
    const program = site.start(...runArguments({ ...scene, nodeUrl: starknet.url, more }));
    const alive = { alive: [program] };
    await site.eventually('a block is settled', async () => (await scene.core.transactions()) > 0, alive);
    starknet.behaviour = 'hang';
    await site.eventually('a call hangs', () => starknet.hanging > 0, alive);
    program.kill('SIGTERM');
    // Each call alone would be given up after 30 s and repeated twice.
    await site.eventually('it has ended', () => program.exitCode !== undefined, { limitMs: 45_000 });
    await site.expectExit(program, 0);
  });

  testAt('stays on the chain and the contract of its database', async (site) => {
    const scene = await sceneAt(site);
    await site.expectExit(site.start(...runArguments({ ...scene, more: ['--exit-when-settled', '42'] })), 0);

    const elsewhere = new GeneratedChain({ seed: 3, head: () => LAST, chainId: shortString('SN_ELSEWHERE') });
    const otherChain = { ...scene, nodeUrl: await serve(site, elsewhere) };
    expect(await site.command(...runArguments(otherChain))).toMatchObject({
      code: 2,
      output: expect.stringMatching(
        /belongs to Starknet chain 0x534e5f47454e455241544544, this start is for 0x534e5f454c53455748455245[\s\S]*IDENTITY_MISMATCH/,
      ),
    });

    const otherCore = { ...scene, core: await ethereum().deploy(chainOf(3, LAST + 1), POSITION, LAST) };
    const { code, output } = await site.command(...runArguments(otherCore));
    expect(code).toBe(2);
    expect(output).toContain(scene.core.address.toLowerCase());
    expect(output).toContain(otherCore.core.address.toLowerCase());
    expect(await otherCore.core.transactions()).toBe(0);
  });
});

/** Starts against nodes that never answer; the returned function waits for what comes of it. */
async function hangingNodes(site: Site, setup: RunSetup): Promise<() => Promise<void>> {
  const starknet = await serveBehindProxy(site, setup.nodeUrl);
  const settlement = await serveBehindProxy(site, setup.core.url);
  starknet.behaviour = 'hang';
  settlement.behaviour = 'hang';
  const answers = Promise.all([
    mustEndWithSentence(
      site,
      { ...setup, nodeUrl: starknet.url, dataDir: site.path('hang-1') },
      /did not answer within/,
    ),
    mustEndWithSentence(
      site,
      { ...setup, ethereumUrl: settlement.url, dataDir: site.path('hang-2') },
      /did not answer within/,
    ),
  ]);
  answers.catch(() => undefined);
  return async () => void (await answers);
}

async function mustEndWithSentence(site: Site, setup: RunSetup, sentence: RegExp): Promise<void> {
  const { code, output } = await site.command(...runArguments(setup));
  expect({ code, output }).toEqual({ code: 2, output: expect.stringMatching(sentence) });
  mustBePlain(output, [setup.core.operatorKey, setup.core.registrarKey]);
}

/** What a user did wrong is said without a stack trace, and without keys. */
function mustBePlain(output: string, secrets: readonly string[]): void {
  expect(output).not.toMatch(/^\s+at .*:\d+:\d+/m);
  for (const secret of secrets) expect(output).not.toContain(secret.slice(2));
}

/** A port that was free a moment ago: connections to it are refused. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}
