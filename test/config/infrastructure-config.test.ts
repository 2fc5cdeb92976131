import { describe, expect, it } from '@jest/globals';
import type { Environment, FlagValues } from '../../src/config/read-settings.ts';
import { parseRunConfig, type RunConfig } from '../../src/config/run-config.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { redact } from '../../src/telemetry/redact.ts';

const PREFIX = 'MADARA_ORCHESTRATOR_';
const FLAGS: FlagValues = {
  'settle-on-ethereum': true,
  'da-on-ethereum': true,
  'simulated-prover': true,
  'fact-registry-address': `0x${'cd'.repeat(20)}`,
  'fact-registry-private-key': `0x${'22'.repeat(32)}`,
  'madara-rpc-url': 'http://node.example',
  'ethereum-rpc-url': 'http://ethereum.example',
  'ethereum-private-key': `0x${'11'.repeat(32)}`,
  'l1-core-contract-address': `0x${'ab'.repeat(20)}`,
  'data-dir': '/data',
};
const AWS: FlagValues = { aws: true, 'aws-region': 'eu-west-1' };

function parse(flags: FlagValues = {}, env: Environment = {}): RunConfig {
  return parseRunConfig({ ...FLAGS, ...flags }, env, () => 'mongodb://reader:from-a-file@one:1,two:2/?replicaSet=rs');
}

function infrastructure(flags: FlagValues = {}, env: Environment = {}) {
  return parse(flags, env).infrastructure;
}

function faults(flags: FlagValues, env: Environment = {}): string[] {
  try {
    parse(flags, env);
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'CONFIG_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the systems of an installation', () => {
  it('are one directory unless something else is chosen', () => {
    expect(infrastructure()).toEqual({
      dataDir: '/data',
      aws: undefined,
      database: { kind: 'embedded' },
      queues: { kind: 'embedded' },
      objects: { kind: 'filesystem' },
      alerts: { kind: 'log' },
      cron: { inProcess: true, eventBridge: false },
    });
    expect(infrastructure(AWS)).toEqual(infrastructure());
  });

  it('have the documented defaults', () => {
    const all = { ...AWS, 'aws-s3': true, 'aws-sqs': true, 'aws-sns': true, 'aws-event-bridge': true, mongodb: true };
    expect(infrastructure(all)).toEqual({
      dataDir: '/data',
      aws: { region: 'eu-west-1', endpoint: undefined, prefix: undefined },
      database: { kind: 'mongodb', url: 'mongodb://localhost:27017', databaseName: 'orchestrator' },
      queues: { kind: 'sqs', identifier: 'mo_{}_queue', older: undefined },
      objects: { kind: 's3', identifier: 'mo-bucket', keyPrefix: undefined },
      alerts: { kind: 'sns', identifier: 'alerts' },
      cron: { inProcess: false, eventBridge: true },
    });
  });

  it('can be mixed, and chosen by variables', () => {
    expect(infrastructure({ mongodb: true })).toMatchObject({
      aws: undefined,
      database: { kind: 'mongodb' },
      queues: { kind: 'embedded' },
    });
    const env = { [`${PREFIX}AWS`]: 'true', [`${PREFIX}AWS_S3`]: '1', AWS_DEFAULT_REGION: 'us-west-2' };
    expect(infrastructure({}, { ...env, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' })).toMatchObject({
      aws: { region: 'us-west-2', endpoint: 'http://127.0.0.1:4566' },
      database: { kind: 'embedded' },
      objects: { kind: 's3' },
      cron: { inProcess: true },
    });
    expect(infrastructure({}, { ...env, AWS_REGION: 'eu-north-1' }).aws?.region).toBe('eu-north-1');
  });

  it('take names and ARNs, and the older variables', () => {
    const sqs = { ...AWS, 'aws-sqs': true };
    const arn = 'arn:aws:sqs:eu-west-1:123456789012:q_{}';
    expect(infrastructure({ ...sqs, 'queue-identifier': arn }).queues).toEqual({
      kind: 'sqs',
      identifier: arn,
      older: undefined,
    });
    expect(infrastructure(sqs, { [`${PREFIX}SQS_PREFIX`]: 'mine' }).queues).toEqual({
      kind: 'sqs',
      identifier: 'mine_{}_queue',
      older: { prefix: 'mine' },
    });
    expect(infrastructure(sqs, { [`${PREFIX}SQS_SUFFIX`]: 'q' }).queues).toEqual({
      kind: 'sqs',
      identifier: 'madara_orchestrator_{}_q',
      older: { suffix: 'q' },
    });
    expect(
      infrastructure({ ...AWS, 'aws-s3': true }, { [`${PREFIX}AWS_S3_BUCKET_NAME`]: 'old-bucket' }).objects,
    ).toMatchObject({ identifier: 'old-bucket' });
  });

  it('have no prefix when an empty one is asked for, as existing deployments do', () => {
    const flags = { aws: true, 'aws-sqs': true, 'aws-region': 'eu-west-1' };
    const env = { MADARA_ORCHESTRATOR_AWS_PREFIX: 'mine', MADARA_ORCHESTRATOR_SQS_PREFIX: 'older' };
    expect(() => parse(flags, env)).toThrow('name the same queues');
    const { aws, queues } = parse({ ...flags, 'aws-prefix': '' }, env).infrastructure;
    expect(aws?.prefix).toBeUndefined();
    expect(queues).toMatchObject({ identifier: 'older_{}_queue' });
    expect(() => parse({ ...flags, 'queue-identifier': '' })).toThrow('--queue-identifier needs a value');
  });

  it('can be asked to send cron messages themselves', () => {
    const sqs = { ...AWS, 'aws-sqs': true };
    expect(infrastructure(sqs).cron.inProcess).toBe(false);
    expect(infrastructure({ ...sqs, 'in-process-cron': true }).cron.inProcess).toBe(true);
  });

  it('cause no warning about what another command uses', () => {
    const env = { [`${PREFIX}EVENT_BRIDGE_TYPE`]: 'schedule', [`${PREFIX}SETUP_TIMEOUT`]: '60' };
    expect(parse({}, env).warnings).toEqual([]);
    expect(parse({}, { [`${PREFIX}AWS_BUCKET_LOCATION_CONSTRAINT`]: 'eu-west-1' }).warnings).toEqual([
      'without effect in this version: --aws-bucket-location-constraint (MADARA_ORCHESTRATOR_AWS_BUCKET_LOCATION_CONSTRAINT)',
    ]);
  });
});

describe('what does not fit together is said', () => {
  it.each<[string, FlagValues, Environment, string[]]>([
    [
      'services without AWS',
      { 'aws-sqs': true, 'aws-s3': true, 'aws-region': 'eu-west-1' },
      {},
      ['--aws-s3 and --aws-sqs need --aws: add it.'],
    ],
    ['one service without AWS', { 'aws-sns': true, 'aws-region': 'x' }, {}, ['--aws-sns needs --aws: add it.']],
    [
      'no region',
      { aws: true, 'aws-s3': true },
      {},
      ['--aws-region (AWS_REGION) is missing: AWS region; needed as soon as a service of AWS is used.'],
    ],
    [
      'EventBridge without SQS',
      { ...AWS, 'aws-event-bridge': true },
      {},
      ['--aws-event-bridge sends its messages to an SQS queue: add --aws-sqs, or leave it out.'],
    ],
    [
      'a template that would name one queue only',
      { ...AWS, 'aws-sqs': true, 'queue-identifier': 'queue' },
      {},
      [
        '--queue-identifier (MADARA_ORCHESTRATOR_AWS_SQS_QUEUE_IDENTIFIER) is "queue": it must contain {}, which stands for the queue\'s type.',
      ],
    ],
    [
      'an ARN of another service',
      { ...AWS, 'aws-sns': true, 'topic-identifier': 'arn:aws:sqs:eu-west-1:1:x' },
      {},
      [
        '--topic-identifier (MADARA_ORCHESTRATOR_AWS_SNS_TOPIC_IDENTIFIER) is "arn:aws:sqs:eu-west-1:1:x", an ARN of sqs rather than of sns.',
      ],
    ],
    [
      'half an ARN',
      { ...AWS, 'aws-s3': true, 'bucket-identifier': 'arn:aws:s3' },
      {},
      [
        '--bucket-identifier (MADARA_ORCHESTRATOR_AWS_S3_BUCKET_IDENTIFIER) is "arn:aws:s3", which is no complete ARN: write arn:partition:service:region:account:resource, or a plain name.',
      ],
    ],
    [
      'both forms of queue names',
      { ...AWS, 'aws-sqs': true, 'queue-identifier': 'a_{}', 'sqs-prefix': 'b' },
      {},
      [
        '--queue-identifier (MADARA_ORCHESTRATOR_AWS_SQS_QUEUE_IDENTIFIER) and --sqs-prefix (MADARA_ORCHESTRATOR_SQS_PREFIX) name the same queues: give only one form.',
      ],
    ],
    [
      'nobody who sends cron messages',
      { 'in-process-cron': false },
      {},
      [
        '--in-process-cron is false, but embedded queues get cron messages from nobody else: leave it out, or use SQS (--aws --aws-sqs).',
      ],
    ],
    [
      'a connection string that is none, without showing it',
      { mongodb: true },
      { [`${PREFIX}MONGODB_CONNECTION_URL`]: 'postgres://me:hunter22@host' },
      [
        '--mongodb-connection-url (MADARA_ORCHESTRATOR_MONGODB_CONNECTION_URL) is not valid: it must be a connection string that begins with mongodb:// or mongodb+srv://.',
      ],
    ],
  ])('%s', (_what, flags, env, sentences) => {
    expect(faults(flags, env)).toEqual(sentences);
  });

  it('the command line of existing deployments, in one sentence until its prover is built', () => {
    const flags = [
      'atlantic',
      'aws',
      'settle-on-ethereum',
      'aws-s3',
      'aws-sqs',
      'aws-sns',
      'da-on-ethereum',
      'mongodb',
    ];
    const given = Object.fromEntries(flags.map((flag) => [flag, true]));
    expect(() => parseRunConfig(given, {})).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(
          /^The Atlantic prover \(--atlantic\) is not built yet: use --simulated-prover .*$/,
        ),
      }),
    );
  });
});

describe('secrets of the systems', () => {
  const env = {
    [`${PREFIX}MONGODB_CONNECTION_URL`]: 'mongodb://writer:p%40ss-word@one:27017,two:27017/?replicaSet=rs',
    AWS_SECRET_ACCESS_KEY: 'aws/secret+key',
    AWS_SESSION_TOKEN: 'session-token',
  };

  it('can come from a file', () => {
    const config = parse({ mongodb: true }, { [`${PREFIX}MONGODB_CONNECTION_URL_FILE`]: '/run/secrets/mongodb' });
    expect(config.infrastructure.database).toMatchObject({
      url: 'mongodb://reader:from-a-file@one:1,two:2/?replicaSet=rs',
    });
    expect(config.secrets).toContain('from-a-file');
  });

  it('are known, and do not appear in texts', () => {
    const { secrets } = parse({ mongodb: true }, env);
    for (const text of [env[`${PREFIX}MONGODB_CONNECTION_URL`], 'p%40ss-word', 'p@ss-word', 'aws/secret+key']) {
      expect(redact(`it says: ${text}`, secrets)).not.toMatch(/p%40ss|p@ss|aws\/secret|session-token/);
    }
    expect(redact(`${env[`${PREFIX}MONGODB_CONNECTION_URL`]} is down`, [])).toBe(
      'mongodb://one:27017,two:27017/?... is down',
    );
  });
});
