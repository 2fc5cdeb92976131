import type { Clock } from '../../clock/clock.ts';
import { EthereumFactRegistry } from '../../provers/ethereum/ethereum-fact-registry.ts';
import { CoreContract } from '../../settlement/ethereum/core-contract.ts';
import type { EthereumClient } from '../../settlement/ethereum/ethereum-client.ts';
import { privateKeySigner } from '../../settlement/ethereum/transaction-signer.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import { type CheckResult, check, failed, ok, skipped, warning } from './check.ts';

const MOST_CLOCK_DIFFERENCE_S = 30;
const NO_FACT = `0x${'00'.repeat(32)}`;

export interface SettlementSubjects {
  readonly client: EthereumClient;
  readonly coreContract: `0x${string}` | undefined;
  readonly privateKey: string | undefined;
  readonly factRegistry: string | undefined;
}

/** The Starknet node: it answers, on which chain, how far it is. */
export async function starknetCheck(node: StarknetNode): Promise<CheckResult> {
  return await check('Starknet node', async () => {
    const [chainId, latest] = await Promise.all([node.chainId(), node.latestBlockNumber()]);
    const name = Buffer.from(chainId.toString(16).padStart(2, '0'), 'hex').toString('latin1');
    return ok(
      `chain ${/^[\w.-]+$/.test(name) ? name : feltToHex(chainId)}, ${latest === undefined ? 'no block yet' : `block ${latest}`}`,
    );
  });
}

/** The Ethereum node, the contracts on it and the key that is to write to them. */
export async function settlementChecks(subjects: SettlementSubjects, clock: Clock): Promise<CheckResult[]> {
  const { client } = subjects;
  const reachable = await check('Ethereum node', async () => {
    const [chainId, head] = await Promise.all([client.chainId(), client.block('latest')]);
    return ok(`chain ${chainId}, block ${head?.number ?? 'unknown'}`);
  });
  // Without the node every other check would say the same again.
  if (reachable.state === 'failed') return [reachable];
  return [
    reachable,
    await check('clock', () => clockAgainst(client, clock)),
    await check('blob fee', async () => ok(`${await client.blobBaseFee()} wei per unit of blob gas`)),
    ...(await contractChecks(subjects)),
    ...(await keyChecks(subjects)),
    subjects.factRegistry === undefined
      ? skipped('fact registry', '--fact-registry-address')
      : await check('fact registry', () => registry(client, subjects.factRegistry ?? '')),
  ];
}

/** A block is never from the future: one that seems so shows that this machine's clock is behind. */
async function clockAgainst(client: EthereumClient, clock: Clock) {
  const head = await client.block('latest');
  if (head === undefined) return warning('the node has no block to compare with', 'Try again once it has one.');
  const ahead = head.timestamp - clock.now() / 1000;
  if (ahead <= MOST_CLOCK_DIFFERENCE_S) return ok("not behind the newest block's time");
  return failed(
    `${Math.round(ahead)} s behind the newest block`,
    'Set the clock: leases of several instances depend on it.',
  );
}

async function contractChecks({ client, coreContract }: SettlementSubjects): Promise<CheckResult[]> {
  if (coreContract === undefined) return [skipped('core contract', '--l1-core-contract-address')];
  const contract = new CoreContract(client, coreContract);
  return [
    await check('core contract', async () => {
      await contract.parameters();
      const head = await client.block('latest');
      const state = head === undefined ? undefined : await contract.stateAt(head);
      if (state === undefined) throw contract.notAContract();
      const closed = await contract.closedBecause();
      if (closed !== undefined)
        return failed(`the contract is ${closed}`, 'It takes no state updates until its governor changes that.');
      return ok(`settled up to block ${state.blockNumber}, root ${feltToHex(state.root)}`);
    }),
  ];
}

async function keyChecks({ client, coreContract, privateKey }: SettlementSubjects): Promise<CheckResult[]> {
  if (privateKey === undefined) return [skipped('operator', '--ethereum-private-key')];
  const { address } = privateKeySigner(privateKey);
  const balance = await check('balance', async () => {
    const wei = await client.balance(address, 'latest');
    return wei === 0n
      ? failed(`${address} has no funds`, 'Send ether to it, or give another key in --ethereum-private-key.')
      : ok(`${address} has ${wei} wei`);
  });
  if (coreContract === undefined) return [balance, skipped('operator', '--l1-core-contract-address')];
  const operator = await check('operator', async () => {
    const answer = await new CoreContract(client, coreContract).isOperator(address);
    if (answer === 'unknown')
      return warning('the contract does not tell its operators', 'Make sure that it takes updates from this key.');
    return answer
      ? ok(`${address} may settle`)
      : failed(`${address} is not an operator of ${coreContract}`, "Have the contract's governor register it.");
  });
  return [balance, operator];
}

async function registry(client: EthereumClient, address: string) {
  const facts = new EthereumFactRegistry({ client, address, confirmations: 1 });
  await facts.isValid(NO_FACT);
  return ok(`${facts.address} answers`);
}
