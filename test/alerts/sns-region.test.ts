import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, it } from '@jest/globals';
import { SnsAlertSink } from '../../src/alerts/sns/sns-alert-sink.ts';
import { useTestCredentials } from '../aws/local-aws.ts';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

beforeAll(useTestCredentials);

it('an alert goes to the region that the ARN of the topic names', async () => {
  const regions: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    // `Credential=<key>/<day>/<region>/sns/aws4_request`: where the request is meant to be answered.
    regions.push(/Credential=[^/]+\/\d+\/([^/]+)\/sns\//.exec(request.headers.authorization ?? '')?.[1]);
    const result = '<PublishResult><MessageId>1</MessageId></PublishResult>';
    response.setHeader('content-type', 'text/xml');
    response.end(`<PublishResponse xmlns="${NAMESPACE}">${result}</PublishResponse>`);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sink = new SnsAlertSink({
    access: { region: 'eu-west-1', endpoint },
    topicArn: 'arn:aws:sns:us-west-2:123456789012:alerts',
  });
  await sink.send({ fingerprint: 'one', text: 'An alert.' });
  sink.close();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  expect(regions).toEqual(['us-west-2']);
});
