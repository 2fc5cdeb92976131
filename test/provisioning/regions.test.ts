import { describe, expect, it } from '@jest/globals';
import { awsClients } from '../../src/provisioning/aws/aws-clients.ts';
import { givenRegions } from '../../src/provisioning/aws/aws-names.ts';
import { checkDelivery } from '../../src/provisioning/aws/aws-resources.ts';
import { resourceSettings } from './settings.ts';

const queueIdentifier = 'arn:aws:sqs:us-west-2:123456789012:their_{}';
const topicIdentifier = 'arn:aws:sns:ap-south-1:123456789012:their-alerts';

describe('the region in an ARN', () => {
  it('is where setup looks for what the ARN names, and for nothing else', async () => {
    const config = resourceSettings({ queueIdentifier, topicIdentifier });
    const { sqs, sns, s3, events } = awsClients(config.access, givenRegions(config));
    const regions = await Promise.all([sqs, sns, s3, events].map((client) => client.config.region()));
    expect(regions).toEqual(['us-west-2', 'ap-south-1', 'eu-west-1', 'eu-west-1']);
  });

  it('is the common one where names are given', () => {
    expect(givenRegions(resourceSettings())).toEqual({});
  });

  it('must be that of the rules which are to send to the queue', () => {
    expect(() => checkDelivery(resourceSettings({ queueIdentifier }))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('AWS_REGION=us-west-2') }),
    );
    const near = 'arn:aws:sqs:eu-west-1:123456789012:their_{}';
    const noCron = { storage: true, queues: true, alerts: true, cron: false };
    for (const changes of [{ queueIdentifier: near }, { queueIdentifier, wanted: noCron }, {}]) {
      expect(() => checkDelivery(resourceSettings(changes))).not.toThrow();
    }
  });
});
