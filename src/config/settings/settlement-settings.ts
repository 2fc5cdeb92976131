import { ethereumAddress, felt, flag, httpUrl, integer, privateKey, wei } from '../kinds.ts';
import { accepted, defaulted, optional, refused, required } from '../setting.ts';

/** The core contract, the key that writes to it, and what a transaction may cost. */
export const settlementSettings = {
  settleOnEthereum: defaulted(flag, 'false', {
    flag: 'settle-on-ethereum',
    description: 'Settle on a core contract on Ethereum.',
  }),
  daOnEthereum: defaulted(flag, 'false', {
    flag: 'da-on-ethereum',
    description: 'Publish state diffs as blobs on Ethereum; they travel with the state update.',
  }),
  ethereumRpcUrl: required(httpUrl, {
    flag: 'ethereum-rpc-url',
    env: 'ETHEREUM_SETTLEMENT_RPC_URL',
    description: 'JSON-RPC of the Ethereum node.',
    secret: true,
  }),
  ethereumPrivateKey: required(privateKey, {
    flag: 'ethereum-private-key',
    env: 'ETHEREUM_PRIVATE_KEY',
    description: 'Key of the operator; it sends state updates and nothing else.',
    secret: true,
  }),
  coreContractAddress: required(ethereumAddress, {
    flag: 'l1-core-contract-address',
    env: 'L1_CORE_CONTRACT_ADDRESS',
    description: 'Starknet core contract.',
  }),
  settlementConfirmations: optional(integer(1, 10_000), {
    flag: 'settlement-confirmations',
    env: 'SETTLEMENT_CONFIRMATIONS',
    description:
      'Ethereum blocks until a state update counts as settled, its own included; without it 1 on chain 31337, 3 elsewhere.',
  }),
  maxFeeBumps: defaulted(integer(0, 100), '2', {
    flag: 'ethereum-max-fee-bumps',
    env: 'ETHEREUM_MAX_FEE_BUMPS',
    description: 'How often a state update that is not included is sent again with higher fees.',
  }),
  maxFeeWei: defaulted(wei, '10000000000000000', {
    flag: 'ethereum-l2-state-update-max-fee-wei',
    env: 'ETHEREUM_L2_STATE_UPDATE_MAX_FEE_WEI',
    description: 'Most that a state update may cost; settlement pauses while it would cost more.',
  }),
  confirmationTimeoutSeconds: defaulted(integer(1), '300', {
    flag: 'ethereum-tx-confirmation-timeout-secs',
    env: 'ETHEREUM_TX_CONFIRMATION_TIMEOUT_SECS',
    description: 'Seconds without inclusion after which fees are raised.',
  }),
  disablePeerdas: defaulted(flag, 'false', {
    flag: 'disable-peerdas',
    env: 'ETHEREUM_DISABLE_PEERDAS',
    description: 'Send blobs with blob proofs, for networks before Fusaka, instead of cell proofs.',
  }),
} as const;

/** Settings of settlement and data availability that have no effect in this version. */
export const unusedSettlementSettings = {
  settleOnStarknet: refused({ flag: 'settle-on-starknet', description: 'Settlement on Starknet' }),
  daOnStarknet: refused({ flag: 'da-on-starknet', description: 'Data availability on Starknet' }),
  ethereumDaRpcUrl: accepted(httpUrl, {
    flag: 'ethereum-da-rpc-url',
    env: 'ETHEREUM_DA_RPC_URL',
    description: 'Blobs travel with the state update, to the node of --ethereum-rpc-url.',
    secret: true,
  }),
  finalityRetryWaitSeconds: accepted(integer(1), {
    flag: 'ethereum-finality-retry-wait-in-secs',
    env: 'ETHEREUM_FINALITY_RETRY_WAIT_IN_SECS',
    description: 'Waiting is a state with a due time here, not a sleep.',
  }),
  starknetOperatorAddress: accepted(felt, {
    flag: 'starknet-operator-address',
    env: 'STARKNET_OPERATOR_ADDRESS',
    description: 'The operator is the address of --ethereum-private-key.',
  }),
  starknetDaRpcUrl: accepted(httpUrl, {
    flag: 'starknet-da-rpc-url',
    env: 'STARKNET_DA_RPC_URL',
    description: 'Node for data availability on Starknet.',
    secret: true,
  }),
  starknetRpcUrl: accepted(httpUrl, {
    flag: 'starknet-rpc-url',
    env: 'STARKNET_SETTLEMENT_RPC_URL',
    description: 'Node for settlement on Starknet.',
    secret: true,
  }),
  starknetPrivateKey: accepted(felt, {
    flag: 'starknet-private-key',
    env: 'STARKNET_PRIVATE_KEY',
    description: 'Key for settlement on Starknet.',
    secret: true,
  }),
  starknetAccountAddress: accepted(felt, {
    flag: 'starknet-account-address',
    env: 'STARKNET_ACCOUNT_ADDRESS',
    description: 'Account for settlement on Starknet.',
  }),
  starknetCairoCoreContractAddress: accepted(felt, {
    flag: 'starknet-cairo-core-contract-address',
    env: 'STARKNET_CAIRO_CORE_CONTRACT_ADDRESS',
    description: 'Core contract on Starknet.',
  }),
  starknetFinalityRetryWaitSeconds: accepted(integer(1), {
    flag: 'starknet-finality-retry-wait-in-secs',
    env: 'STARKNET_FINALITY_RETRY_WAIT_IN_SECS',
    description: 'Wait between checks on Starknet.',
  }),
} as const;
