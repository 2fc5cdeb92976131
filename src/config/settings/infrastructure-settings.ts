import { anyUrl, decimal, flag, httpUrl, integer, oneOf, text } from '../kinds.ts';
import { accepted, defaulted, refused } from '../setting.ts';

/** Layer that is settled; the table has it apart because one of its values is refused. */
export const layerSettings = {
  layer: defaulted(oneOf('l2', 'l3'), 'l2', {
    flag: 'layer',
    env: 'LAYER',
    description: 'Layer that is settled; only l2 is built so far.',
  }),
} as const;

/** AWS, MongoDB, the HTTP server and telemetry: not built yet, or without effect on the embedded default. */
export const unusedInfrastructureSettings = {
  aws: refused(flag, { flag: 'aws', description: 'Running on AWS' }),
  awsS3: refused(flag, { flag: 'aws-s3', description: 'Storage on AWS S3' }),
  awsSqs: refused(flag, { flag: 'aws-sqs', description: 'Queues on AWS SQS' }),
  awsSns: refused(flag, { flag: 'aws-sns', description: 'Alerts on AWS SNS' }),
  awsEventBridge: refused(flag, { flag: 'aws-event-bridge', description: 'Cron on AWS EventBridge' }),
  mongodb: refused(flag, { flag: 'mongodb', description: 'The database on MongoDB' }),
  awsPrefix: accepted(text, { flag: 'aws-prefix', env: 'AWS_PREFIX', description: 'Prefix of AWS names.' }),
  bucketIdentifier: accepted(text, {
    flag: 'bucket-identifier',
    env: ['AWS_S3_BUCKET_IDENTIFIER', 'AWS_S3_BUCKET_NAME'],
    description: 'S3 bucket, name or ARN.',
  }),
  bucketLocationConstraint: accepted(text, {
    flag: 'aws-bucket-location-constraint',
    env: 'AWS_BUCKET_LOCATION_CONSTRAINT',
    description: 'Region of the S3 bucket.',
  }),
  queueIdentifier: accepted(text, {
    flag: 'queue-identifier',
    env: 'AWS_SQS_QUEUE_IDENTIFIER',
    description: 'Template of SQS queue names, `{}` stands for the queue type; embedded queues bear the type alone.',
  }),
  sqsPrefix: accepted(text, { flag: 'sqs-prefix', env: 'SQS_PREFIX', description: 'Prefix of SQS queue names.' }),
  sqsSuffix: accepted(text, { flag: 'sqs-suffix', env: 'SQS_SUFFIX', description: 'Suffix of SQS queue names.' }),
  sqsBaseQueueUrl: accepted(httpUrl, {
    flag: 'sqs-base-queue-url',
    env: 'SQS_BASE_QUEUE_URL',
    description: 'Base URL of SQS queues.',
  }),
  topicIdentifier: accepted(text, {
    flag: 'topic-identifier',
    env: ['AWS_SNS_TOPIC_IDENTIFIER', 'AWS_SNS_ARN'],
    description: 'SNS topic, name or ARN; alerts go to the log.',
  }),
  eventBridgeType: accepted(oneOf('rule', 'schedule'), {
    flag: 'event-bridge-type',
    env: 'EVENT_BRIDGE_TYPE',
    description: 'Kind of EventBridge trigger.',
  }),
  eventBridgeTargetQueueName: accepted(text, {
    flag: 'event-bridge-target-queue-name',
    env: 'EVENT_BRIDGE_TARGET_QUEUE_NAME',
    description: 'Queue of EventBridge triggers.',
  }),
  eventBridgeTriggerRuleName: accepted(text, {
    flag: 'event-bridge-trigger-rule-name',
    env: 'EVENT_BRIDGE_TRIGGER_RULE_NAME',
    description: 'EventBridge rule.',
  }),
  eventBridgeTriggerRoleName: accepted(text, {
    flag: 'event-bridge-trigger-role-name',
    env: 'EVENT_BRIDGE_TRIGGER_ROLE_NAME',
    description: 'EventBridge role.',
  }),
  eventBridgeTriggerPolicyName: accepted(text, {
    flag: 'event-bridge-trigger-policy-name',
    env: 'EVENT_BRIDGE_TRIGGER_POLICY_NAME',
    description: 'EventBridge policy.',
  }),
  setupTimeout: accepted(integer(1), {
    flag: 'timeout',
    env: 'SETUP_TIMEOUT',
    description: 'Time-out of the set-up of AWS resources.',
  }),
  setupPollInterval: accepted(decimal(0, 86_400), {
    flag: 'poll-interval',
    env: 'SETUP_RESOURCE_POLL_INTERVAL',
    description: 'Interval of checks during the set-up of AWS resources.',
  }),
  mongodbConnectionUrl: accepted(anyUrl, {
    flag: 'mongodb-connection-url',
    env: 'MONGODB_CONNECTION_URL',
    description: 'MongoDB.',
    secret: true,
  }),
  mongodbDatabaseName: accepted(text, {
    flag: 'mongodb-database-name',
    env: 'DATABASE_NAME',
    description: 'MongoDB database.',
  }),
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
