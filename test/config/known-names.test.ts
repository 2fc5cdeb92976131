import { describe, expect, it } from '@jest/globals';
import { runSettings } from '../../src/config/run-settings.ts';
import { fileVariables } from '../../src/config/setting.ts';

const settings = Object.values(runSettings);
const flags = settings.flatMap((setting) => [setting.flag, ...setting.aliases]);
const variables = settings.flatMap((setting) => [...setting.variables, ...fileVariables(setting)]);

/** Flags of existing deployments. */
const DEPLOYED_FLAGS = `
  aws aws-s3 aws-sqs aws-sns aws-event-bridge settle-on-ethereum settle-on-starknet da-on-ethereum da-on-starknet mongodb
  sharp atlantic aws-prefix bucket-identifier storage-expiration-days queue-identifier topic-identifier
  mongodb-connection-url mongodb-database-name host port admin-enabled otel-service-name otel-collector-endpoint
  graceful-shutdown-timeout layer event-bridge-type interval-seconds timeout poll-interval madara-rpc-url
  madara-feeder-gateway-url replay-bounds-rpc-url bouncer-weights-limit-file rpc-for-snos rpc-for-snos-backup
  snos-full-output versioned-constants snos-layout-name prover-layout-name da-public-keys mock-atlantic-server
  store-audit-artifacts ethereum-da-rpc-url starknet-da-rpc-url ethereum-rpc-url ethereum-private-key
  l1-core-contract-address starknet-operator-address ethereum-finality-retry-wait-in-secs
  ethereum-tx-confirmation-timeout-secs ethereum-max-fee-bumps ethereum-l2-state-update-max-fee-wei disable-peerdas
  starknet-rpc-url starknet-private-key starknet-account-address starknet-cairo-core-contract-address
  starknet-finality-retry-wait-in-secs prover sharp-customer-id sharp-url sharp-user-crt-file sharp-user-key-file
  sharp-server-crt-file sharp-rpc-node-url sharp-settlement-layer gps-verifier-contract-address atlantic-api-key
  atlantic-service-url atlantic-rpc-node-url atlantic-mock-fact-hash atlantic-prover-type atlantic-settlement-layer
  atlantic-verifier-contract-address atlantic-network atlantic-verifier-cairo-vm atlantic-verifier-result
  atlantic-sharp-prover atlantic-artifacts-base-url cairo-verifier-program-hash mock-verifier-address
  max-batch-time-seconds max-batch-size max-num-blobs blob-size-buffer batching-worker-lock-duration
  max-blocks-per-snos-batch fixed-blocks-per-snos-batch max-snos-batches-per-aggregator-batch max-aggregator-input-size
  default-empty-block-proving-gas max-batch-processing-size min-block-to-process max-block-to-process
  max-concurrent-created-snos-jobs max-concurrent-snos-jobs max-concurrent-proving-jobs max-concurrent-aggregator-jobs
  snos-job-buffer-size aggregator-job-buffer-size max-priority-queue-size sharp-proof-layout sharp-user-crt
  sharp-user-key sharp-server-crt max-block-no-to-process min-block-no-to-process target-queue-name cron-time
  trigger-rule-name trigger-role-name trigger-policy-name queue-base-url sns-arn bucket-name bucket-location-constraint
  aws-access-key-id aws-secret-access-key
`;

/** Variables of existing deployments, without the prefix. */
const DEPLOYED_VARIABLES = `
  AWS_PREFIX AWS_S3_BUCKET_IDENTIFIER STORAGE_EXPIRATION_DAYS AWS_SQS_QUEUE_IDENTIFIER AWS_SNS_TOPIC_IDENTIFIER
  MONGODB_CONNECTION_URL DATABASE_NAME HOST PORT ADMIN_ENABLED OTEL_SERVICE_NAME OTEL_COLLECTOR_ENDPOINT
  GRACEFUL_SHUTDOWN_TIMEOUT LAYER EVENT_BRIDGE_TYPE EVENT_BRIDGE_INTERVAL_SECONDS SETUP_TIMEOUT
  SETUP_RESOURCE_POLL_INTERVAL MADARA_RPC_URL MADARA_FEEDER_GATEWAY_URL REPLAY_BOUNDS_RPC_URL
  BOUNCER_WEIGHTS_LIMIT_FILE RPC_FOR_SNOS RPC_FOR_SNOS_BACKUP SNOS_FULL_OUTPUT VERSIONED_CONSTANTS_PATH SNOS_LAYOUT_NAME
  PROVER_LAYOUT_NAME DA_PUBLIC_KEYS STORE_AUDIT_ARTIFACTS ETHEREUM_DA_RPC_URL STARKNET_DA_RPC_URL
  ETHEREUM_SETTLEMENT_RPC_URL ETHEREUM_PRIVATE_KEY L1_CORE_CONTRACT_ADDRESS STARKNET_OPERATOR_ADDRESS
  ETHEREUM_FINALITY_RETRY_WAIT_IN_SECS ETHEREUM_TX_CONFIRMATION_TIMEOUT_SECS ETHEREUM_MAX_FEE_BUMPS
  ETHEREUM_L2_STATE_UPDATE_MAX_FEE_WEI ETHEREUM_DISABLE_PEERDAS STARKNET_SETTLEMENT_RPC_URL STARKNET_PRIVATE_KEY
  STARKNET_ACCOUNT_ADDRESS STARKNET_CAIRO_CORE_CONTRACT_ADDRESS STARKNET_FINALITY_RETRY_WAIT_IN_SECS PROVER
  SHARP_CUSTOMER_ID SHARP_URL SHARP_USER_CRT_FILE SHARP_USER_KEY_FILE SHARP_SERVER_CRT_FILE SHARP_RPC_NODE_URL
  GPS_VERIFIER_CONTRACT_ADDRESS SHARP_SETTLEMENT_LAYER ATLANTIC_API_KEY ATLANTIC_SERVICE_URL ATLANTIC_RPC_NODE_URL
  ATLANTIC_MOCK_FACT_HASH ATLANTIC_PROVER_TYPE ATLANTIC_SETTLEMENT_LAYER ATLANTIC_VERIFIER_CONTRACT_ADDRESS
  ATLANTIC_NETWORK ATLANTIC_CAIRO_VM ATLANTIC_RESULT ATLANTIC_SHARP_PROVER ATLANTIC_ARTIFACTS_BASE_URL
  CAIRO_V0_VERIFIER_PROGRAM_HASH MOCK_VERIFIER_ADDRESS MAX_BATCH_TIME_SECONDS MAX_BATCH_SIZE MAX_NUM_BLOBS
  BLOB_SIZE_BUFFER BATCHING_LOCK_DURATION_SECONDS MAX_BLOCKS_PER_SNOS_BATCH FIXED_BLOCKS_PER_SNOS_BATCH
  MAX_SNOS_BATCHES_PER_AGGREGATOR_BATCH MAX_AGGREGATOR_INPUT_SIZE DEFAULT_EMPTY_BLOCK_PROVING_GAS
  MAX_BATCH_PROCESSING_SIZE MIN_BLOCK_NO_TO_PROCESS MAX_BLOCK_NO_TO_PROCESS MAX_CONCURRENT_CREATED_SNOS_JOBS
  MAX_CONCURRENT_SNOS_JOBS MAX_CONCURRENT_PROVING_JOBS MAX_CONCURRENT_AGGREGATOR_JOBS SNOS_JOB_TIMEOUT_SECONDS
  PROVING_JOB_TIMEOUT_SECONDS PROOF_REGISTRATION_TIMEOUT_SECONDS DATA_SUBMISSION_TIMEOUT_SECONDS
  STATE_TRANSITION_TIMEOUT_SECONDS AGGREGATOR_JOB_TIMEOUT_SECONDS SNOS_JOB_BUFFER_SIZE AGGREGATOR_JOB_BUFFER_SIZE
  MAX_PRIORITY_QUEUE_SIZE SHARP_USER_CRT SHARP_USER_KEY SHARP_SERVER_CRT SHARP_PROOF_LAYOUT AWS_S3_BUCKET_NAME
  AWS_BUCKET_LOCATION_CONSTRAINT SQS_PREFIX SQS_SUFFIX SQS_BASE_QUEUE_URL AWS_SNS_ARN EVENT_BRIDGE_TARGET_QUEUE_NAME
  EVENT_BRIDGE_CRON_TIME EVENT_BRIDGE_TRIGGER_RULE_NAME EVENT_BRIDGE_TRIGGER_ROLE_NAME EVENT_BRIDGE_TRIGGER_POLICY_NAME
  ATLANTIC_API_KEY_FILE ETHEREUM_PRIVATE_KEY_FILE STARKNET_PRIVATE_KEY_FILE ETHEREUM_SETTLEMENT_RPC_URL_FILE
  STARKNET_SETTLEMENT_RPC_URL_FILE ETHEREUM_DA_RPC_URL_FILE STARKNET_DA_RPC_URL_FILE MONGODB_CONNECTION_URL_FILE
`;

function words(list: string): string[] {
  return list.trim().split(/\s+/);
}

describe('names of existing deployments', () => {
  it.each(words(DEPLOYED_FLAGS))('--%s parses', (name) => {
    expect(flags).toContain(name);
  });

  it.each(words(DEPLOYED_VARIABLES))('MADARA_ORCHESTRATOR_%s parses', (name) => {
    expect(variables).toContain(`MADARA_ORCHESTRATOR_${name}`);
  });

  it.each(['RUST_LOG', 'LOG_FORMAT', 'LOG_LEVEL'])('%s parses', (name) => {
    expect(variables).toContain(name);
  });
});

describe('the table of settings', () => {
  it('uses each flag and each variable for one setting only', () => {
    expect(flags.filter((name, index) => flags.indexOf(name) !== index)).toEqual([]);
    expect(variables.filter((name, index) => variables.indexOf(name) !== index)).toEqual([]);
  });

  it('has defaults that parse', () => {
    for (const { kind, defaultText } of settings) {
      if (defaultText !== undefined) expect(kind.schema.safeParse(defaultText)).toMatchObject({ success: true });
    }
  });

  it('lets every secret come from a file', () => {
    const secrets = settings.filter(({ secret, variables: own }) => secret && own.length > 0);
    expect(secrets.length).toBeGreaterThan(10);
    for (const setting of secrets)
      expect(fileVariables(setting)).toEqual(setting.variables.map((name) => `${name}_FILE`));
  });
});
