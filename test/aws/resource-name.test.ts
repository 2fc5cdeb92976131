import { describe, expect, it } from '@jest/globals';
import { parseResourceId, prefixed } from '../../src/aws/resource-name.ts';

describe('resource identifiers', () => {
  it('are names unless they start as an ARN does', () => {
    expect(parseResourceId('mo-bucket', 'bucket')).toEqual({ kind: 'name', name: 'mo-bucket' });
    expect(parseResourceId('my:arn:thing', 'bucket')).toEqual({ kind: 'name', name: 'my:arn:thing' });
  });

  it.each([
    ['arn:aws:sqs:eu-west-1:123456789012:mo_{}_queue', 'aws', 'sqs', 'eu-west-1', '123456789012', 'mo_{}_queue'],
    ['arn:aws-cn:sns:cn-north-1:123456789012:alerts', 'aws-cn', 'sns', 'cn-north-1', '123456789012', 'alerts'],
    ['arn:aws:s3:::bucket', 'aws', 's3', '', '', 'bucket'],
    ['arn:aws:iam::123456789012:role/a:b', 'aws', 'iam', '', '123456789012', 'role/a:b'],
  ])('%s', (arn, partition, service, region, account, resource) => {
    expect(parseResourceId(arn, 'setting')).toEqual({
      kind: 'arn',
      arn,
      partition,
      service,
      region,
      account,
      resource,
    });
  });

  it.each(['arn:aws:sqs:eu-west-1::q', 'arn:aws:sqs::123:q', 'arn:aws:s3:::', 'arn:', 'arn:aws:iam:::role/x'])(
    '%s is refused and says which setting it is',
    (text) => {
      expect(() => parseResourceId(text, '--queue-identifier')).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('--queue-identifier') }),
      );
    },
  );

  it('get the prefix in front, when there is one', () => {
    expect(prefixed('acme', 'mo-bucket', '-')).toBe('acme-mo-bucket');
    expect(prefixed('', 'alerts', '_')).toBe('alerts');
    expect(prefixed(undefined, 'alerts', '_')).toBe('alerts');
  });
});
