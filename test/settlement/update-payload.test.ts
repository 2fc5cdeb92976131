import { expect, it } from '@jest/globals';
import { buildUpdateCall } from '../../src/settlement/ethereum/update-payload.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { describeWithVectors, readVector, readVectorBytes } from '../vectors.ts';

describeWithVectors('the call of a recorded state update', () => {
  it('is the call data that was sent to the network, byte for byte', async () => {
    const programOutput = readVector('ethereum', '6806848', 'program_output.txt').split(/\s+/).map(BigInt);
    const blobs = [readVectorBytes('ethereum', '6806848', 'blob.txt')];
    const call = await buildUpdateCall(nativeKzg(), {
      key: 'k',
      jobId: 'j',
      firstBlock: 218_379,
      lastBlock: 218_402,
      programOutput,
      blobs,
    });
    expect(call.data).toBe(
      `0x${readVector('ethereum', '6806848', 'expected_calldata.txt').replace(/^0x/, '').toLowerCase()}`,
    );
  });
});
