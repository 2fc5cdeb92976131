import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

const MANAGED_BY = 'managed-by';
const OURS = 'starknet-orchestrator';
const PREFIX = 'orchestrator-prefix';
/** On what was there before setup: teardown leaves it. */
const ADOPTED = 'orchestrator-adopted';

/**
 * Whose a resource is that bears our name.
 *
 * - `made`: setup made it
 * - `adopted`: it was there before and setup looks after it
 * - `unmarked`: nobody has put a mark on it, as the older program did not
 */
export type Ownership = 'made' | 'adopted' | 'unmarked';

/** Tags of a resource that setup makes. */
export function madeTags(prefix: string | undefined): Tags {
  return { [MANAGED_BY]: OURS, ...(prefix === undefined || prefix === '' ? {} : { [PREFIX]: prefix }) };
}

/** Tags of a resource that setup found and looks after from now on. */
export function adoptedTags(prefix: string | undefined): Tags {
  return { ...madeTags(prefix), [ADOPTED]: 'true' };
}

/** Fails with AWS_REFUSED when the tags name another owner. */
export function ownershipOf(tags: Tags, prefix: string | undefined, title: string): Ownership {
  const owner = tags[MANAGED_BY];
  if (owner === undefined) return 'unmarked';
  if (owner !== OURS || (tags[PREFIX] ?? '') !== (prefix ?? '')) {
    const whose = owner === OURS ? `the orchestrator with the prefix "${tags[PREFIX] ?? ''}"` : `"${owner}"`;
    throw new OrchestratorError('AWS_REFUSED', `${title} belongs to ${whose} (tag ${MANAGED_BY})`, {
      hint: 'Choose another prefix or name, or take the tag off if it is wrong.',
    });
  }
  return tags[ADOPTED] === undefined ? 'made' : 'adopted';
}

/** Why teardown leaves a resource; undefined when setup made it. */
export function reasonToKeep(ownership: Ownership): string | undefined {
  switch (ownership) {
    case 'made':
      return undefined;
    case 'adopted':
      return 'it was there before setup; remove it by hand';
    case 'unmarked':
      return 'it does not bear the tag of setup';
  }
}

export const ADOPTION_NOTE = 'was there without the tag of setup; looked after from now on, and left by teardown';

/** The same as text, for what has no tags. */
export function markOf(tags: Tags): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

export function tagsOfMark(text: string | undefined): Tags {
  const pairs = (text ?? '').split(' ').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.flatMap(([key = '', value]) => (value === undefined ? [] : [[key, value]])));
}
