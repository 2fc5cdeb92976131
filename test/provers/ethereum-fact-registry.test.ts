import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPublicClient, type Hex, http, toHex } from 'viem';
import { systemClock } from '../../src/clock/system-clock.ts';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { EthereumFactRegistrar } from '../../src/provers/ethereum/ethereum-fact-registrar.ts';
import { EthereumFactRegistry } from '../../src/provers/ethereum/ethereum-fact-registry.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../../src/settlement/ethereum/json-rpc-http.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import { RpcEthereumClient } from '../../src/settlement/ethereum/rpc-ethereum-client.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { intercept } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';

let anvil: Anvil;
let address: Hex;
let client: RpcEthereumClient;
let clock: VirtualClock;
let lastFact = 0;
const account = ANVIL_ACCOUNTS[1];
const newFact = (): string => `0x${(++lastFact).toString(16).padStart(64, 'f')}`;
const rpc = (method: string, ...params: unknown[]): Promise<unknown> =>
  createPublicClient({ transport: http(anvil.url, { timeout: 120_000 }) }).request({ method, params } as never);
const mine = (blocks = 1): Promise<unknown> => rpc('anvil_mine', toHex(blocks));
/** A block that has no room for what waits. */
const mineWithout = async (): Promise<void> => {
  const { gasLimit } = (await rpc('eth_getBlockByNumber', 'latest', false)) as { gasLimit: Hex };
  await rpc('evm_setBlockGasLimit', toHex(21_000));
  await mine();
  await rpc('evm_setBlockGasLimit', gasLimit);
};
const waiting = async (): Promise<number> => Number(((await rpc('txpool_status')) as { pending: Hex }).pending);

beforeAll(async () => {
  anvil = await startAnvil();
  client = new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, url: anvil.url, clock: systemClock });
  ({ address } = await deployFactRegistry(anvil.url, ANVIL_ACCOUNTS[0].privateKey));
  await rpc('evm_setAutomine', false);
});
beforeEach(() => {
  clock = new VirtualClock();
});
afterAll(() => anvil?.stop());

function registrar(confirmations = 1, through: EthereumClient = client): EthereumFactRegistrar {
  // Retries of a nonce wait in real time; the age of what was sent is a test's own time.
  const mixed = { now: () => clock.now(), sleep: systemClock.sleep, after: systemClock.after };
  return new EthereumFactRegistrar({
    client: through,
    address,
    confirmations,
    signer: privateKeySigner(account.privateKey),
    clock: mixed,
    log: silentLog,
    resendAfterMs: 5_000,
  });
}

describe('facts on a real Ethereum node', () => {
  it('are registered once, however often they are asked for', async () => {
    const registry = registrar();
    const fact = newFact();
    expect(await registry.isValid(fact)).toBe(false);
    await Promise.all([registry.register(fact), registry.register(fact), registry.register(fact)]);
    expect(await waiting()).toBe(1);
    await mine();
    expect(await registry.isValid(fact)).toBe(true);
    await registry.register(fact);
    expect(await waiting()).toBe(0);
  });

  it('count at the asked depth', async () => {
    const registry = registrar(3);
    const fact = newFact();
    await registry.register(fact);
    await mine(2);
    expect(await registry.isValid(fact)).toBe(false);
    expect(await registry.isIncluded(fact)).toBe(true);
    await mine();
    expect(await registry.isValid(fact)).toBe(true);
  });

  it('are sent by several processes with one key at once', async () => {
    const facts = Array.from({ length: 8 }, newFact);
    const processes = [registrar(), registrar()];
    await Promise.all(facts.map((fact, index) => processes[index % 2]?.register(fact)));
    await mine();
    expect(await Promise.all(facts.map((fact) => registrar().isValid(fact)))).toEqual(facts.map(() => true));
  });

  it('are sent again with higher fees when blocks are mined without them', async () => {
    const registry = registrar();
    const fact = newFact();
    await registry.register(fact);
    await mineWithout();
    await clock.advance(4_999);
    await registry.register(fact);
    const pool = async () =>
      (
        (await rpc('txpool_content')) as {
          pending: Record<string, Record<string, { nonce: Hex; maxFeePerGas: Hex; hash: Hex }>>;
        }
      ).pending;
    const only = async () => Object.values(Object.values(await pool())[0] ?? {});
    const [first, ...none] = await only();
    expect(none).toEqual([]);
    await clock.advance(1);
    await registry.register(fact);
    const [second, ...others] = await only();
    expect(others).toEqual([]);
    expect(second?.nonce).toBe(first?.nonce);
    expect(second?.hash).not.toBe(first?.hash);
    expect(BigInt(second?.maxFeePerGas ?? 0)).toBeGreaterThan(BigInt(first?.maxFeePerGas ?? 0));
    // The chain stands still: nothing more to gain.
    await clock.advance(60_000);
    await registry.register(fact);
    expect(await only()).toEqual([second]);
    await mine();
    expect(await registry.isValid(fact)).toBe(true);
  });

  it('are sent anew when their transaction was lost', async () => {
    const registry = registrar();
    const fact = newFact();
    await registry.register(fact);
    await rpc('anvil_dropAllTransactions');
    await clock.advance(5_000);
    await registry.register(fact);
    await mine();
    expect(await registry.isValid(fact)).toBe(true);
  });

  it('cannot be registered without money, and the failure says where to send it', async () => {
    const poor = new EthereumFactRegistrar({
      client,
      address,
      confirmations: 1,
      signer: privateKeySigner(`0x${'66'.repeat(32)}`),
      clock: systemClock,
      log: silentLog,
      resendAfterMs: 1,
    });
    await expect(poor.register(newFact())).rejects.toMatchObject({
      code: 'FACT_REGISTRY',
      retry: 'dependency-down',
      hint: expect.stringContaining('0x'),
    });
  });

  it.each([
    { code: -32603, message: 'internal error', retry: 'dependency-down' },
    { code: -32000, message: 'transaction type not supported', retry: 'transient' },
  ])('fail with $retry when the node refuses them with "$message"', async ({ code, message, retry }) => {
    const refusal = new EthereumRpcError({ method: 'eth_sendRawTransaction', code, message });
    const refused = intercept(client, (method, run) =>
      method === 'sendRawTransaction' ? Promise.reject(refusal) : run(),
    );
    const refusing = registrar(1, refused);
    await expect(refusing.register(newFact())).rejects.toMatchObject({ code: 'FACT_REGISTRY', retry });
  });

  it('are not looked for where there is no registry', async () => {
    const nowhere = new EthereumFactRegistry({ client, address: `0x${'13'.repeat(20)}`, confirmations: 1 });
    await expect(nowhere.isValid(newFact())).rejects.toMatchObject({ code: 'FACT_REGISTRY' });
    expect(() => new EthereumFactRegistry({ client, address: '0x12', confirmations: 1 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    await expect(registrar().isValid('0x12')).rejects.toMatchObject({ code: 'FACT_REGISTRY' });
  });
});
