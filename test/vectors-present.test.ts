import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { sharedDir, vectorsDir } from './vectors.ts';

describe('recorded vectors', () => {
  it('are never skipped on a machine that has the shared folder', () => {
    if (existsSync(sharedDir)) {
      expect(vectorsDir).toBeDefined();
      expect(readFileSync(`${vectorsDir}/README.md`, 'utf8')).toContain('vectors');
    } else {
      expect(vectorsDir).toBeUndefined();
    }
  });
});
