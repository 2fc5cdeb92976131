import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const lines = readFileSync(new URL('../../.gitignore', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('.gitignore', () => {
  it('keeps files with keys out of the repository, and their example in it', () => {
    expect(lines).toEqual(expect.arrayContaining(['.env', '.env.*', 'services.env']));
    // What stands later wins.
    expect(lines.indexOf('!.env.example')).toBeGreaterThan(lines.indexOf('.env.*'));
  });
});
