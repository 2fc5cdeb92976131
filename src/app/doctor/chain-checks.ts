import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { EthereumFactRegistry } from '../../provers/ethereum/ethereum-fact-registry.ts';
import { CoreContract } from '../../settlement/ethereum/core-contract.ts';
import type { EthereumClient } from '../../settlement/ethereum/ethereum-client.ts';
import { privateKeySigner } from '../../settlement/ethereum/transaction-signer.ts';
import type { SettledState } from '../../settlement/settlement.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import { type CheckOutcome, type CheckResult, check, failed, ok, skipped, warning } from './check.ts';
import { type CheckedNode, sameChainCheck } from './same-chain-check.ts';

const CORE_CONTRACT = 'core contract';
const MOST_CLOCK_DIFFERENCE_S = 30;
/** What is no core contract knows no operators, which would say nothing about the key. */
const OPERATOR_NOT_ASKED: CheckResult = {
  name: 'operator',
  state: 'skipped',
  detail: 'the core contract failed its own check',
  hint: null,
};
const NO_FACT = `0x${'00'.repeat(32)}`;

export interface SettlementSubjects {
  readonly client: EthereumClient;
  readonly coreContract: `0x${string}` | undefined;
  readonly privateKey: string | undefined;
  /** Key that registers facts. */
  readonly registrarKey: string | undefined;
  readonly factRegistry: string | undefined;
}

/** A Starknet node: it answers, on which chain, how far it is. */
async function starknetCheck(node: StarknetNode, name: string): Promise<CheckResult> {
  return await check(name, async () => {
    const [chainId, latest] = await Promise.all([node.chainId(), node.latestBlockNumber()]);
    const chain = Buffer.from(chainId.toString(16).padStart(2, '0'), 'hex').toString('latin1');
    return ok(
      `chain ${/^[\w.-]+$/.test(chain) ? chain : feltToHex(chainId)}, ${latest === undefined ? 'no block yet' : `block ${latest}`}`,
    );
  });
}

/**
 * The Starknet nodes, everything on the settlement layer, and whether the two are about one chain; without `subjects` the
 * nodes alone.
 */
export async function chainChecks(
  nodes: readonly CheckedNode[],
  subjects: SettlementSubjects | undefined,
  clock: Clock,
): Promise<CheckResult[]> {
  const [starknet, settlement] = await Promise.all([
    Promise.all(nodes.map(({ node, name }) => starknetCheck(node, name))),
    subjects === undefined ? [skipped('Ethereum node', '--ethereum-rpc-url')] : settlementChecks(subjects, clock),
  ]);
  // What failed its own check was said already, and has nothing to compare.
  const answering = nodes.filter((_, index) => starknet[index]?.state === 'ok');
  const settled = settlement.some(({ name, state }) => name === CORE_CONTRACT && state === 'ok');
  if (!settled || subjects?.coreContract === undefined || answering.length === 0) return [...starknet, ...settlement];
  const state = newestState(subjects.client, new CoreContract(subjects.client, subjects.coreContract));
  const chains = answering.map((each) =>
    check(`chain of the ${each.name}`, async () => sameChainCheck(each, await state)),
  );
  return [...starknet, ...settlement, ...(await Promise.all(chains))];
}

/** The Ethereum node, the contracts on it and the key that is to write to them. */
async function settlementChecks(subjects: SettlementSubjects, clock: Clock): Promise<CheckResult[]> {
  const { client } = subjects;
  const reachable = await check('Ethereum node', async () => {
    const [chainId, head] = await Promise.all([client.chainId(), client.block('latest')]);
    return ok(`chain ${chainId}, block ${head?.number ?? 'unknown'}`);
  });
  // Without the node every other check would say the same again.
  if (reachable.state === 'failed') return [reachable];
  const contract = await contractChecks(subjects);
  return [
    reachable,
    await check('clock', () => clockAgainst(client, clock)),
    await check('blob fee', async () => ok(`${await client.blobBaseFee()} wei per unit of blob gas`)),
    ...contract,
    ...(await keyChecks(subjects, contract)),
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
  if (coreContract === undefined) return [skipped(CORE_CONTRACT, '--l1-core-contract-address')];
  const contract = new CoreContract(client, coreContract);
  return [
    await check(CORE_CONTRACT, async () => {
      await contract.parameters();
      const state = await newestState(client, contract);
      const closed = await contract.closedBecause();
      if (closed !== undefined) {
        return failed(
          `the core contract ${coreContract} is ${closed} and takes no state updates`,
          'Check --l1-core-contract-address, or have its governor change that.',
        );
      }
      return ok(`settled up to block ${state.blockNumber}, root ${feltToHex(state.root)}`);
    }),
  ];
}

/** The state of the newest block, which is where a start goes on from. */
async function newestState(client: EthereumClient, contract: CoreContract): Promise<SettledState> {
  const head = await client.block('latest');
  const state = head === undefined ? undefined : await contract.stateAt(head);
  if (state === undefined) throw contract.notAContract();
  return state;
}

async function keyChecks(subjects: SettlementSubjects, contract: readonly CheckResult[]): Promise<CheckResult[]> {
  const { client, coreContract, privateKey, registrarKey } = subjects;
  const registrar =
    registrarKey === undefined
      ? []
      : [
          await balanceCheck(
            'registrar balance',
            client,
            registrarKey,
            'registers facts',
            '--fact-registry-private-key',
          ),
        ];
  if (privateKey === undefined) return [skipped('operator', '--ethereum-private-key'), ...registrar];
  const balance = await balanceCheck('balance', client, privateKey, 'pays for state updates', '--ethereum-private-key');
  if (coreContract === undefined) return [balance, skipped('operator', '--l1-core-contract-address'), ...registrar];
  if (contract.some(({ state }) => state === 'failed')) return [balance, OPERATOR_NOT_ASKED, ...registrar];
  const { address } = privateKeySigner(privateKey);
  const operator = await check('operator', async () => {
    const answer = await new CoreContract(client, coreContract).isOperator(address);
    if (answer === 'unknown') {
      return warning(
        'the core contract does not say who its operators are',
        'Make sure that it takes updates from this key.',
      );
    }
    if (answer) return ok(`${address} may settle`);
    return failed(
      `${address} is not an operator of the core contract ${coreContract}`,
      "Have its governor call registerOperator for this address, or give the operator's key in --ethereum-private-key.",
    );
  });
  return [balance, operator, ...registrar];
}

async function balanceCheck(
  name: string,
  client: EthereumClient,
  key: string,
  purpose: string,
  flag: string,
): Promise<CheckResult> {
  return await check(name, async () => {
    const { address } = privateKeySigner(key);
    const wei = await client.balance(address, 'latest');
    return wei === 0n
      ? failed(`${address}, which ${purpose}, has no funds`, `Send ether to it, or give another key in ${flag}.`)
      : ok(`${address}, which ${purpose}, has ${wei} wei`);
  });
}

async function registry(client: EthereumClient, address: string): Promise<CheckOutcome> {
  const facts = new EthereumFactRegistry({ client, address, confirmations: 1 });
  try {
    await facts.isValid(NO_FACT);
  } catch (error) {
    if (error instanceof OrchestratorError && error.retry === 'dependency-down') throw error;
    return failed(
      `${address} does not answer isValid(bytes32)`,
      'Check --fact-registry-address: it must be the registry that the core contract asks.',
    );
  }
  return ok(`${facts.address} answers`);
}
