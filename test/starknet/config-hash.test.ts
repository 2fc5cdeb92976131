import { describe, expect, it } from '@jest/globals';
import { configHash } from '../../src/starknet/config-hash.ts';
import { feltToHex, shortString } from '../../src/starknet/felt.ts';

describe('config hash', () => {
  it.each([
    ['SN_SEPOLIA', '0x1b9900f77ff5923183a7795fcfbb54ed76917bc1ddd4160cc77fa96e36cf8c5'],
    ['SN_MAIN', '0x70c7b342f93155315d1cb2da7a4e13a3c2430f51fb5696c1b224c3da5508dfb'],
  ])('of %s is the published one', (chain, expected) => {
    expect(feltToHex(configHash(shortString(chain)))).toBe(expected);
  });
});
