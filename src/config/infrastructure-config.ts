import { resolve } from 'node:path';
import type { ValuesOf } from './setting.ts';
import type { infrastructureSettings } from './settings/infrastructure-settings.ts';
import type { serviceSettings } from './settings/service-settings.ts';

/** Which systems an installation consists of. Any mix is possible. */
export interface InfrastructureConfig {
  /** Absolute. Holds whatever no other system holds, and temporary files. */
  readonly dataDir: string;
  /** Undefined: no service of AWS is used. */
  readonly aws: AwsConfig | undefined;
  /** Jobs, intents, locks and parked messages. */
  readonly database: { readonly kind: 'embedded' } | MongoConfig;
  readonly queues: { readonly kind: 'embedded' } | SqsConfig;
  readonly objects: { readonly kind: 'filesystem' } | S3Config;
  readonly alerts: { readonly kind: 'log' } | SnsConfig;
  readonly cron: CronConfig;
}

export interface AwsConfig {
  readonly region: string;
  /** Undefined: AWS itself. */
  readonly endpoint: string | undefined;
  /** In front of every name, never of an ARN. */
  readonly prefix: string | undefined;
}

export interface MongoConfig {
  readonly kind: 'mongodb';
  /** Contains the password. */
  readonly url: string;
  readonly databaseName: string;
}

export interface SqsConfig {
  readonly kind: 'sqs';
  /** Name or ARN with `{}` for the type of the queue. */
  readonly identifier: string;
  /** How the queues were named before there was an identifier; undefined: not given, the identifier holds. */
  readonly older: OlderQueueNames | undefined;
}

export interface OlderQueueNames {
  readonly prefix?: string;
  readonly suffix?: string;
  readonly baseQueueUrl?: string;
}

export interface S3Config {
  readonly kind: 's3';
  /** Name or ARN. */
  readonly identifier: string;
  readonly keyPrefix: string | undefined;
}

export interface SnsConfig {
  readonly kind: 'sns';
  /** Name or ARN. */
  readonly identifier: string;
}

export interface CronConfig {
  /** This process sends the cron messages. */
  readonly inProcess: boolean;
  /** EventBridge is said to send them: its rules are worth a check. */
  readonly eventBridge: boolean;
}

export type InfrastructureValues = ValuesOf<typeof infrastructureSettings> &
  Pick<ValuesOf<typeof serviceSettings>, 'dataDir'>;

/** What the settings choose. They have passed `infrastructureFaults`. */
export function infrastructureConfig(values: InfrastructureValues): InfrastructureConfig {
  const { awsS3, awsSqs, awsSns, awsEventBridge, awsRegion } = values;
  return {
    dataDir: resolve(values.dataDir),
    aws:
      awsRegion !== undefined && (awsS3 || awsSqs || awsSns || awsEventBridge)
        ? { region: awsRegion, endpoint: values.awsEndpointUrl, prefix: values.awsPrefix }
        : undefined,
    database: values.mongodb
      ? { kind: 'mongodb', url: values.mongodbConnectionUrl, databaseName: values.mongodbDatabaseName }
      : { kind: 'embedded' },
    queues: awsSqs
      ? { kind: 'sqs', identifier: queueIdentifierOf(values), older: olderNames(values) }
      : { kind: 'embedded' },
    objects: awsS3
      ? { kind: 's3', identifier: values.bucketIdentifier, keyPrefix: values.s3KeyPrefix }
      : { kind: 'filesystem' },
    alerts: awsSns ? { kind: 'sns', identifier: values.topicIdentifier } : { kind: 'log' },
    cron: { inProcess: values.inProcessCron ?? !awsSqs, eventBridge: awsEventBridge },
  };
}

/** Everything in one directory. */
export function embeddedInfrastructure(dataDir: string): InfrastructureConfig {
  return {
    dataDir,
    aws: undefined,
    database: { kind: 'embedded' },
    queues: { kind: 'embedded' },
    objects: { kind: 'filesystem' },
    alerts: { kind: 'log' },
    cron: { inProcess: true, eventBridge: false },
  };
}

function olderNames({ sqsPrefix, sqsSuffix, sqsBaseQueueUrl }: InfrastructureValues): OlderQueueNames | undefined {
  if ([sqsPrefix, sqsSuffix, sqsBaseQueueUrl].every((value) => value === undefined)) return undefined;
  return {
    ...(sqsPrefix === undefined ? {} : { prefix: sqsPrefix }),
    ...(sqsSuffix === undefined ? {} : { suffix: sqsSuffix }),
    ...(sqsBaseQueueUrl === undefined ? {} : { baseQueueUrl: sqsBaseQueueUrl }),
  };
}

/** Older deployments give prefix and suffix instead of a template. */
export function queueIdentifierOf(
  values: Pick<InfrastructureValues, 'queueIdentifier' | 'sqsPrefix' | 'sqsSuffix' | 'sqsBaseQueueUrl'>,
): string {
  const { queueIdentifier, sqsPrefix, sqsSuffix, sqsBaseQueueUrl } = values;
  if ([sqsPrefix, sqsSuffix, sqsBaseQueueUrl].every((value) => value === undefined)) return queueIdentifier;
  return `${sqsPrefix ?? 'madara_orchestrator'}_{}_${sqsSuffix ?? 'queue'}`;
}
