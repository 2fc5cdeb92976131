import { afterAll, beforeAll } from '@jest/globals';
import { Ethereum } from './ethereum.ts';

/** Starts one Ethereum node for all tests of a file, and ends it after them; the answer gives it to a test. */
export function ethereumForFile(): () => Ethereum {
  let ethereum: Ethereum | undefined;
  beforeAll(async () => {
    ethereum = await Ethereum.start();
  }, 120_000);
  afterAll(async () => {
    await ethereum?.stop();
  });
  return () => {
    if (ethereum === undefined) throw new Error('the Ethereum node of this file runs only during its tests');
    return ethereum;
  };
}
