import type { Tags } from '../ownership.ts';
import type { AwsNames } from './aws-names.ts';
import type { PolicyDocument } from './iam-document.ts';

/** Region of the installation that a role was made for. */
const REGION = 'orchestrator-region';

/** What tells which installation sends with a role. */
export interface RoleMarks {
  readonly tags: Tags;
  /** The policy with our name in it; undefined when there is none. */
  readonly policy: PolicyDocument | undefined;
}

/** A role's tags name its region too: IAM is one for all of them, while prefixes need only differ within a region. */
export function roleTags(tags: Tags, { region }: Pick<AwsNames, 'region'>): Tags {
  return { ...tags, [REGION]: region };
}

/** False for a role that was made before its region was noted. */
export function namesRegion(tags: Tags): boolean {
  return tags[REGION] !== undefined;
}

/**
 * What shows that another installation sends with the role, in words; undefined when nothing does. The region alone tells it
 * as long as that installation has not written the policy yet.
 */
export function otherUse(
  { tags, policy }: RoleMarks,
  { region, role, triggerQueue }: Pick<AwsNames, 'region' | 'role' | 'triggerQueue'>,
): string | undefined {
  const resources = (policy?.Statement ?? []).flatMap(({ Resource = [] }) => Resource);
  const others = resources.filter((resource) => resource !== triggerQueue.arn);
  if (others.length > 0)
    return `its policy ${role.policyName} is for ${others.join(', ')}, not for ${triggerQueue.arn}`;
  const other = tags[REGION];
  if (other === undefined || other === region) return undefined;
  return `its tag ${REGION} is ${other}; this installation is in ${region} and sends to ${triggerQueue.arn}`;
}
