import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { documents } from '../../scripts/documents.ts';
import { usedRunSettings } from '../../src/config/run-settings.ts';

const texts = await documents();

describe('generated documents', () => {
  it.each([...texts])('%s is what "npm run docs" writes', (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('name every setting that has an effect', () => {
    for (const { flag, variables } of Object.values(usedRunSettings)) {
      expect(texts.get('docs/configuration.md')).toContain(`\`--${flag}\``);
      expect(texts.get('docs/command-line.md')).toContain(`--${flag} `);
      for (const variable of variables) expect(texts.get('docs/configuration.md')).toContain(`\`${variable}\``);
    }
  });
});
