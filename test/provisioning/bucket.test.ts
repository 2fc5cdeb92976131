import type { CreateBucketCommandInput, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { awsClients } from '../../src/provisioning/aws/aws-clients.ts';
import { awsNames } from '../../src/provisioning/aws/aws-names.ts';
import { bucketResource } from '../../src/provisioning/aws/bucket-resource.ts';
import type { Resource } from '../../src/provisioning/resource.ts';
import { ACCOUNT, resourceSettings } from './settings.ts';

/** A bucket without tags, rules and objects, or none before it is made. */
class Bucket {
  readonly made: CreateBucketCommandInput[] = [];
  tags: unknown;

  readonly client: S3Client;

  constructor(there: boolean) {
    let exists = there;
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
      const { input } = command;
      const operation = command.constructor.name.replace(/Command$/, '');
      if (operation === 'CreateBucket') {
        exists = true;
        this.made.push(input as CreateBucketCommandInput);
      }
      if (operation === 'PutBucketTagging') this.tags = (input as { readonly Tagging: unknown }).Tagging;
      if (operation === 'HeadBucket' && !exists) throw absent('NotFound');
      if (operation.startsWith('Get')) throw absent('NoSuchTagSet');
      return {};
    };
    this.client = { send } as unknown as S3Client;
  }
}

function absent(name: string): Error {
  return Object.assign(new Error('there is none'), { name });
}

function bucketIn(region: string, bucket: Bucket): Resource {
  const config = resourceSettings({ prefix: 'acme', access: { region, endpoint: undefined } });
  const clients = { ...awsClients(config.access), s3: bucket.client };
  return bucketResource({ config, names: awsNames(config, ACCOUNT), clients });
}

describe('the bucket', () => {
  it('is adopted when it was there before, empty and without tags', async () => {
    const bucket = new Bucket(true);
    const { steps, outcome } = await bucketIn('eu-west-1', bucket).setup();
    expect(outcome).toBe('adopted');
    for (const step of steps) await step.run();
    expect(bucket.made).toEqual([]);
    expect(bucket.tags).toEqual({
      TagSet: expect.arrayContaining([{ Key: 'orchestrator-adopted', Value: 'true' }]),
    });
  });

  it.each([
    ['eu-west-1', { LocationConstraint: 'eu-west-1' }],
    ['us-east-1', {}],
  ])('is made with its tags in one call (%s)', async (region, place) => {
    const bucket = new Bucket(false);
    const { steps, outcome } = await bucketIn(region, bucket).setup();
    for (const step of steps) await step.run();
    expect([outcome, bucket.made]).toEqual([
      'created',
      [
        {
          Bucket: 'acme-mo-bucket',
          CreateBucketConfiguration: {
            ...place,
            Tags: [
              { Key: 'managed-by', Value: 'starknet-orchestrator' },
              { Key: 'orchestrator-prefix', Value: 'acme' },
            ],
          },
        },
      ],
    ]);
    expect(bucket.tags).toBeUndefined();
  });
});
