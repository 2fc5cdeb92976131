import { describe, expect, it } from '@jest/globals';
import { compareVersions, daLayoutFor } from '../../src/starknet/starknet-version.ts';
import { expectCode } from './expect-code.ts';

describe('Starknet version', () => {
  it('orders by number, not by text', () => {
    const ascending = ['', '0.9.1', '0.12.3', '0.13.0', '0.13.1', '0.13.1.1', '0.13.2', '0.13.10', '0.14.0'];
    for (const [i, a] of ascending.entries())
      for (const [j, b] of ascending.entries()) expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(i - j));
    expect(compareVersions('0.13', '0.13.0')).toBe(0);
  });

  it.each([
    ['', 'old'],
    ['0.11.0', 'old'],
    ['0.13.1', 'old'],
    ['0.13.2.1', 'old'],
    ['0.13.3', 'new'],
    ['0.13.10', 'new'],
    ['0.14.0', 'new'],
    ['0.14.9', 'new'],
  ])('%p publishes in the %s layout', (version, layout) => {
    expect(daLayoutFor(version)).toBe(layout);
  });

  it.each(['0.15.0', '0.15', '1.0.0'])('%s is refused as too new', async (version) => {
    await expectCode('VERSION_UNSUPPORTED', version, () => daLayoutFor(version));
  });

  it.each(['latest', 'v0.13.1', '0.13.', '-1', '0.13.1-rc'])('%s is refused as no version', async (version) => {
    await expectCode('VERSION_UNSUPPORTED', 'is not a Starknet version', () => daLayoutFor(version));
  });
});
