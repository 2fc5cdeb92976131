import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../devnet/anvil.ts';
import { deployCore, deployFactRegistry } from '../../devnet/deploy-contracts.ts';
import { plantMessages, sendMessages } from '../../devnet/local-messages.ts';
import { configHash } from '../../starknet/config-hash.ts';
import { shortString } from '../../starknet/felt.ts';
import type { LocalChain } from './local-chain.ts';
import { warmUpPointEvaluation } from './warm-up.ts';

/** A local Ethereum with the contracts that the chain settles on. */
export interface LocalEthereum {
  readonly anvil: Anvil;
  readonly core: `0x${string}`;
  readonly registry: `0x${string}`;
  /** Ethereum block in which the core contract was made. */
  readonly since: bigint;
}

/** Nothing is proven here, so any program will do; the name says what it is. */
const PROGRAM_HASH = shortString('LOCAL_SIMULATED_OS');

/** `note` is told of what went wrong without harm. */
export async function startLocalEthereum(local: LocalChain, note: (line: string) => void): Promise<LocalEthereum> {
  const anvil = await startAnvil({ blockTimeSeconds: 1 });
  try {
    const { url } = anvil;
    const [settler, registrar, user] = ANVIL_ACCOUNTS;
    const registry = await deployFactRegistry(url, registrar.privateKey);
    const core = await deployCore(url, settler.privateKey, {
      programHash: PROGRAM_HASH,
      aggregatorProgramHash: 0n,
      factRegistry: registry.address,
      configHash: configHash(local.chain.chainId()),
      stateRoot: local.start.root,
      blockNumber: local.start.blockNumber,
      blockHash: local.start.blockHash,
    });
    if (local.kind === 'generated') await sendMessages(url, core.address, user, local.messagesToL2);
    else await plantMessages(url, core.address, local.messagesToL2);
    // Not before the contracts are there, for Anvil mines nothing meanwhile; not waited for, for the instances start meanwhile.
    warmUpPointEvaluation(url).catch(() => note('Anvil could not be warmed up: the first state update takes longer.'));
    return { anvil, core: core.address, registry: registry.address, since: core.blockNumber };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}
