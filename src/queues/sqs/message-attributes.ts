import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/** SQS takes ten attributes a message. */
const MAX_ATTRIBUTES = 10;

/** Attributes as SQS takes them. It refuses empty values, so those are left out. */
export function encodeAttributes(attributes: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== '')
      .slice(0, MAX_ATTRIBUTES)
      .map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
  );
}

/** Attributes as text; a binary one, which only foreign messages have, in base64. */
export function decodeAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
): Record<string, string> {
  const decoded: Record<string, string> = {};
  for (const [name, { StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    if (StringValue !== undefined) decoded[name] = StringValue;
    else if (BinaryValue !== undefined) decoded[name] = Buffer.from(BinaryValue).toString('base64');
  }
  return decoded;
}
