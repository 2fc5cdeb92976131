import { anyUrl, flag, httpUrl, integer, mongodbUrl, oneOf, text } from '../kinds.ts';
import { accepted, defaulted, optional } from '../setting.ts';

/** Layer that is settled; the table has it apart because one of its values is refused. */
export const layerSettings = {
  layer: defaulted(oneOf('l2', 'l3'), 'l2', {
    flag: 'layer',
    env: 'LAYER',
    description: 'Layer that is settled; only l2 is built so far.',
    refusals: { l3: 'Layer 3 (--layer l3) is not built yet; l2 is.' },
  }),
} as const;

/** How AWS is reached, and what of it is used. */
export const awsSettings = {
  aws: defaulted(flag, 'false', {
    flag: 'aws',
    env: 'AWS',
    description: 'Use AWS; which services, the flags --aws-s3, --aws-sqs, --aws-sns and --aws-event-bridge say.',
  }),
  awsS3: defaulted(flag, 'false', { flag: 'aws-s3', env: 'AWS_S3', description: 'Objects in a bucket of AWS S3.' }),
  awsSqs: defaulted(flag, 'false', { flag: 'aws-sqs', env: 'AWS_SQS', description: 'Queues on AWS SQS.' }),
  awsSns: defaulted(flag, 'false', {
    flag: 'aws-sns',
    env: 'AWS_SNS',
    description: 'Alerts to a topic of AWS SNS, besides the log.',
  }),
  awsEventBridge: defaulted(flag, 'false', {
    flag: 'aws-event-bridge',
    env: 'AWS_EVENT_BRIDGE',
    description: 'Cron messages from AWS EventBridge, which "setup" makes.',
  }),
  awsRegion: optional(text, {
    flag: 'aws-region',
    plainEnv: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    description: 'AWS region; needed as soon as a service of AWS is used.',
  }),
  awsEndpointUrl: optional(httpUrl, {
    flag: 'aws-endpoint-url',
    plainEnv: ['AWS_ENDPOINT_URL'],
    description: "Another endpoint for every service, for example LocalStack's; without it AWS itself.",
  }),
  awsPrefix: optional(text, {
    flag: 'aws-prefix',
    env: 'AWS_PREFIX',
    emptyIsNone: true,
    description:
      'Prefix of the names of AWS resources, never of ARNs: {prefix}-{bucket}, {prefix}_{queue}, {prefix}_{topic}.',
  }),
  bucketIdentifier: defaulted(text, 'mo-bucket', {
    flag: 'bucket-identifier',
    aliases: ['bucket-name'],
    env: ['AWS_S3_BUCKET_IDENTIFIER', 'AWS_S3_BUCKET_NAME'],
    description: 'S3 bucket, name or ARN.',
  }),
  queueIdentifier: defaulted(text, 'mo_{}_queue', {
    flag: 'queue-identifier',
    env: 'AWS_SQS_QUEUE_IDENTIFIER',
    description: 'SQS queues, name or ARN; `{}` stands for the type of a queue.',
  }),
  sqsPrefix: optional(text, {
    flag: 'sqs-prefix',
    env: 'SQS_PREFIX',
    description:
      'Older form of --queue-identifier: what stands before the type, with a _ between; madara_orchestrator.',
  }),
  sqsSuffix: optional(text, {
    flag: 'sqs-suffix',
    env: 'SQS_SUFFIX',
    description: 'Older form of --queue-identifier: what stands behind the type, with a _ between; queue.',
  }),
  sqsBaseQueueUrl: optional(httpUrl, {
    flag: 'sqs-base-queue-url',
    aliases: ['queue-base-url'],
    env: 'SQS_BASE_QUEUE_URL',
    description: 'Older form of --queue-identifier: what the URLs of the queues begin with; without it SQS is asked.',
  }),
  topicIdentifier: defaulted(text, 'alerts', {
    flag: 'topic-identifier',
    aliases: ['sns-arn'],
    env: ['AWS_SNS_TOPIC_IDENTIFIER', 'AWS_SNS_ARN'],
    description: 'SNS topic, name or ARN.',
  }),
} as const;

/** Where jobs, queues, objects and alerts are. Without any of them everything is in the data directory. */
export const infrastructureSettings = {
  ...awsSettings,
  s3KeyPrefix: optional(text, {
    flag: 'aws-s3-key-prefix',
    env: 'AWS_S3_KEY_PREFIX',
    description: 'In front of every object key, so that installations can share a bucket.',
  }),
  mongodb: defaulted(flag, 'false', {
    flag: 'mongodb',
    env: 'MONGODB',
    description: 'Jobs, intents and locks in MongoDB.',
  }),
  mongodbConnectionUrl: defaulted(mongodbUrl, 'mongodb://localhost:27017', {
    flag: 'mongodb-connection-url',
    env: 'MONGODB_CONNECTION_URL',
    description: 'Connection string of MongoDB.',
    secret: true,
  }),
  mongodbDatabaseName: defaulted(text, 'orchestrator', {
    flag: 'mongodb-database-name',
    env: 'DATABASE_NAME',
    description: 'Name of the MongoDB database.',
  }),
  inProcessCron: optional(flag, {
    flag: 'in-process-cron',
    env: 'IN_PROCESS_CRON',
    description:
      'Send cron messages from this process, every --interval-seconds; without it yes on embedded queues, no on SQS.',
  }),
} as const;

/** The HTTP server and telemetry, which are not built yet. */
export const unusedServerSettings = {
  host: accepted(text, { flag: 'host', env: 'HOST', description: 'Address of the HTTP server.' }),
  port: accepted(integer(0, 65_535), { flag: 'port', env: 'PORT', description: 'Port of the HTTP server.' }),
  adminEnabled: accepted(flag, {
    flag: 'admin-enabled',
    env: 'ADMIN_ENABLED',
    description: 'Administration over HTTP.',
  }),
  otelServiceName: accepted(text, {
    flag: 'otel-service-name',
    env: 'OTEL_SERVICE_NAME',
    description: 'Service name in telemetry.',
  }),
  otelCollectorEndpoint: accepted(anyUrl, {
    flag: 'otel-collector-endpoint',
    env: 'OTEL_COLLECTOR_ENDPOINT',
    description: 'Collector of telemetry.',
  }),
} as const;
