import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** A resource that somebody named, which setup may create, or one that exists and was given by its ARN. */
export type ResourceId =
  | { readonly kind: 'name'; readonly name: string }
  | {
      readonly kind: 'arn';
      readonly arn: string;
      readonly partition: string;
      readonly service: string;
      readonly region: string;
      readonly account: string;
      readonly resource: string;
    };

/** Services whose ARNs leave region and account out. */
const WITHOUT_PLACE = new Set(['s3']);
const WITHOUT_REGION = new Set(['s3', 'iam']);

/** Reads `arn:partition:service:region:account:resource`, or takes the text as a name. Fails with CONFIG_INVALID. */
export function parseResourceId(text: string, setting: string): ResourceId {
  if (!text.startsWith('arn:')) return { kind: 'name', name: text };
  const [, partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  const complete =
    partition !== '' &&
    service !== '' &&
    resource !== '' &&
    (region !== '' || WITHOUT_REGION.has(service)) &&
    (account !== '' || WITHOUT_PLACE.has(service));
  if (!complete) {
    throw new OrchestratorError('CONFIG_INVALID', `${setting} is "${text}", which is no complete ARN`, {
      hint: 'Write arn:partition:service:region:account:resource, or a plain name.',
    });
  }
  return { kind: 'arn', arn: text, partition, service, region, account, resource };
}

/** `{prefix}{separator}{name}`; an empty or missing prefix changes nothing. */
export function prefixed(prefix: string | undefined, name: string, separator: '-' | '_'): string {
  return prefix === undefined || prefix === '' ? name : `${prefix}${separator}${name}`;
}
