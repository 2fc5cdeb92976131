import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { type AwsAccess, clientOptions, observed } from '../../aws/aws-access.ts';

/** The services that setup talks to. */
export interface AwsClients {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly events: EventBridgeClient;
  readonly scheduler: SchedulerClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  close(): void;
}

/** Where what was given by its ARN is; everything else is in the region of the access. */
export interface GivenRegions {
  readonly queues?: string;
  readonly topic?: string;
}

export function awsClients(access: AwsAccess, given: GivenRegions = {}): AwsClients {
  const options = clientOptions(access);
  const sqsOptions = clientOptions({ ...access, region: given.queues ?? access.region });
  const snsOptions = clientOptions({ ...access, region: given.topic ?? access.region });
  const clients = {
    // A queue's URL may name a host that only AWS, or only a local stack, can resolve: requests go to the endpoint.
    sqs: observed(new SQSClient({ ...sqsOptions, useQueueUrlAsEndpoint: false }), 'sqs', access),
    s3: observed(new S3Client({ ...options, forcePathStyle: access.endpoint !== undefined }), 's3', access),
    sns: observed(new SNSClient(snsOptions), 'sns', access),
    events: observed(new EventBridgeClient(options), 'events', access),
    scheduler: observed(new SchedulerClient(options), 'scheduler', access),
    iam: observed(new IAMClient(options), 'iam', access),
    sts: observed(new STSClient(options), 'sts', access),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
