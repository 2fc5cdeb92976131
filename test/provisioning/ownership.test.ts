import { describe, expect, it } from '@jest/globals';
import {
  adoptedTags,
  madeTags,
  markOf,
  ownershipOf,
  reasonToKeep,
  tagsOfMark,
} from '../../src/provisioning/ownership.ts';

describe('ownership', () => {
  it.each(['acme', '', undefined])('is told by tags, with the prefix %p', (prefix) => {
    expect(ownershipOf(madeTags(prefix), prefix, 'it')).toBe('made');
    expect(ownershipOf(adoptedTags(prefix), prefix, 'it')).toBe('adopted');
    expect(ownershipOf({ team: 'x' }, prefix, 'it')).toBe('unmarked');
  });

  it('is told by a description where there are no tags', () => {
    expect(tagsOfMark(markOf(adoptedTags('acme')))).toEqual(adoptedTags('acme'));
    expect(ownershipOf(tagsOfMark('Asks for blocks'), 'acme', 'it')).toBe('unmarked');
    expect(ownershipOf(tagsOfMark(undefined), 'acme', 'it')).toBe('unmarked');
  });

  it('of another prefix or program is respected', () => {
    for (const tags of [madeTags('other'), madeTags(undefined), { 'managed-by': 'terraform' }]) {
      expect(() => ownershipOf(tags, 'acme', 'SQS queue q')).toThrow(/SQS queue q belongs to/);
    }
  });

  it('decides what teardown removes', () => {
    expect(reasonToKeep('made')).toBeUndefined();
    expect(reasonToKeep('adopted')).toContain('before setup');
    expect(reasonToKeep('unmarked')).toContain('tag');
  });
});
