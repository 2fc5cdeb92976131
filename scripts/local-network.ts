import { createPublicClient, http } from 'viem';
import { warmUpPointEvaluation } from '../src/app/dev/warm-up.ts';
import { ANVIL_ACCOUNTS } from '../src/devnet/anvil-accounts.ts';
import { GeneratedChain } from '../src/devnet/chain/generated/generated-chain.ts';
import { serveChain } from '../src/devnet/chain/serve-chain.ts';
import { deployCore, deployFactRegistry } from '../src/devnet/deploy-contracts.ts';
import { configHash } from '../src/starknet/config-hash.ts';
import { shortString } from '../src/starknet/felt.ts';
import { CORE_ADDRESS, REGISTRY_ADDRESS } from './services/local-contracts.ts';

/**
 * The chain of the local stack: serves a generated Starknet chain that grows by a block every ten seconds, after it has put
 * fact registry and core contract on the Anvil node of `ETHEREUM_URL`, unless they are there. Listens on
 * `LISTEN_HOST:LISTEN_PORT`, by default 127.0.0.1:9944, until SIGTERM. For development: its keys are public.
 */
const ethereumUrl = process.env.ETHEREUM_URL ?? 'http://127.0.0.1:8545';
const host = process.env.LISTEN_HOST ?? '127.0.0.1';
const port = Number(process.env.LISTEN_PORT ?? 9944);

/** Unix milliseconds of the first Ethereum block: counted from there, the chain goes on where it was after a restart. */
let genesisMs = Number.POSITIVE_INFINITY;

const chain = new GeneratedChain({
  seed: 7,
  head: () => Math.max(0, Math.floor((Date.now() - genesisMs) / 10_000)),
  // Nobody is there to send them.
  messagesToL2Every: 0,
});

const ethereum = createPublicClient({ transport: http(ethereumUrl) });
await deployOnce();
genesisMs = Number((await ethereum.getBlock({ blockNumber: 1n })).timestamp) * 1_000;
const server = await serveChain(chain, { host, port });
console.log(
  `Starknet chain at ${host}:${server.port}, core contract ${CORE_ADDRESS}, fact registry ${REGISTRY_ADDRESS}`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());

/** Each is the first transaction of its account on a fresh chain, so that its address is known before. */
async function deployOnce(): Promise<void> {
  const [settler, registrar] = ANVIL_ACCOUNTS;
  if ((await ethereum.getCode({ address: REGISTRY_ADDRESS })) === undefined) {
    const { address } = await deployFactRegistry(ethereumUrl, registrar.privateKey);
    requireAddress(address, REGISTRY_ADDRESS);
  }
  if ((await ethereum.getCode({ address: CORE_ADDRESS })) === undefined) {
    const { address } = await deployCore(ethereumUrl, settler.privateKey, {
      programHash: shortString('LOCAL_SIMULATED_OS'),
      aggregatorProgramHash: 0n,
      factRegistry: REGISTRY_ADDRESS,
      configHash: configHash(chain.chainId()),
      stateRoot: 0n,
      blockNumber: -1,
      blockHash: 0n,
    });
    requireAddress(address, CORE_ADDRESS);
    await warmUpPointEvaluation(ethereumUrl);
  }
}

function requireAddress(actual: string, expected: string): void {
  if (actual.toLowerCase() === expected.toLowerCase()) return;
  throw new Error(`a contract is at ${actual} and not at ${expected}: ${new URL(ethereumUrl).host} is no fresh chain`);
}
