import type { LifecycleRule, PublicAccessBlockConfiguration } from '@aws-sdk/client-s3';

const EXPIRE_RULE = 'expire-settled-artifacts';
const ABORT_RULE = 'abort-incomplete-uploads';
/** Put on the artifacts of a block once it is settled. */
const EXPIRE_TAG = { Key: 'expire-after-settlement', Value: 'true' };
/** No upload takes days: what is unfinished then was left by a process that died. */
const ABORT_AFTER_DAYS = 7;

export const PRIVATE: Required<PublicAccessBlockConfiguration> = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** The rules that setup keeps. */
export function wantedRules(expirationDays: number): LifecycleRule[] {
  return [
    { ID: EXPIRE_RULE, Status: 'Enabled', Filter: { Tag: EXPIRE_TAG }, Expiration: { Days: expirationDays } },
    // A rule with a tag cannot end uploads, so this is one of its own.
    {
      ID: ABORT_RULE,
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_AFTER_DAYS },
    },
  ];
}

/** The bucket's rules with ours as they should be and everybody else's untouched; undefined when they are that already. */
export function changedRules(actual: readonly LifecycleRule[], expirationDays: number): LifecycleRule[] | undefined {
  const wanted = wantedRules(expirationDays);
  const right = wanted.every((rule) => actual.some((other) => sameRule(other, rule)));
  return right ? undefined : [...foreignRules(actual), ...wanted];
}

/** Rules that setup did not make. */
export function foreignRules(actual: readonly LifecycleRule[]): LifecycleRule[] {
  return actual.filter(({ ID }) => ID !== EXPIRE_RULE && ID !== ABORT_RULE);
}

export function isPrivate(actual: PublicAccessBlockConfiguration | undefined): boolean {
  return Object.keys(PRIVATE).every((key) => actual?.[key as keyof PublicAccessBlockConfiguration] === true);
}

function sameRule(a: LifecycleRule, b: LifecycleRule): boolean {
  return JSON.stringify(essence(a)) === JSON.stringify(essence(b));
}

/** What a rule does, however it is written down. */
function essence(rule: LifecycleRule): readonly unknown[] {
  const { ID, Status, Filter, Expiration, AbortIncompleteMultipartUpload, NoncurrentVersionExpiration } = rule;
  const { Tag, Prefix = '', And, ObjectSizeGreaterThan, ObjectSizeLessThan } = Filter ?? {};
  return [
    [ID, Status, Tag?.Key, Tag?.Value, Prefix, And, ObjectSizeGreaterThan, ObjectSizeLessThan],
    [Expiration?.Days, Expiration?.Date, AbortIncompleteMultipartUpload?.DaysAfterInitiation],
    [rule.Transitions?.length ?? 0, rule.NoncurrentVersionTransitions?.length ?? 0, NoncurrentVersionExpiration],
  ];
}
