import { expect, it } from '@jest/globals';
import { nativeKzg } from '../../../src/starknet/kzg/native-kzg.ts';
import type { Kzg } from '../../../src/starknet/kzg.ts';
import { parseLegacyOsOutput, parseOsOutput } from '../../../src/starknet/os-output.ts';
import { decodeProgramOutput } from '../../../src/starknet/program-output-file.ts';
import { parseStateUpdate } from '../../../src/starknet/state-update-json.ts';
import { describeWithVectors, readVector, readVectorBytes, readVectorJson } from '../../vectors.ts';
import { FakeChain } from '../fakes/fake-chain.ts';
import { work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

describeWithVectors('blocks that were settled on Ethereum mainnet', () => {
  it.each([631_861, 638_353, 671_070])('%i: the stored blob is the one that was published', async (block) => {
    const { objects, daDone, handlers } = pipeline({
      chain: recordedBlock(block),
      kzg: native,
      knownHashOf: async () => ({ hash: 0n, source: 'contract' }),
    });
    const job = await daDone(block);
    expect(
      Buffer.from(await objects.get(`${block}/blob_data.txt`)).equals(
        Buffer.from(readVectorBytes('da', String(block), 'blob.txt')),
      ),
    ).toBe(true);
    expect(await handlers.da.verify(job, work())).toEqual({ kind: 'verified' });
  });

  it('671070: roots, number, hash and commitment are those of the output that was settled', async () => {
    const { objects, snosDone } = pipeline({
      chain: recordedBlock(671_070),
      kzg: native,
      knownHashOf: async () => ({ hash: 0n, source: 'contract' }),
    });
    await snosDone(671_070);
    const ours = parseOsOutput(decodeProgramOutput(await objects.get('671070/program_output.txt')));
    const settled = parseLegacyOsOutput(readVector('da', '671070', 'program_output.txt').split(/\s+/).map(BigInt));
    expect([ours.initialRoot, ours.finalRoot, ours.newBlockNumber, ours.newBlockHash]).toEqual([
      settled.initialRoot,
      settled.finalRoot,
      settled.blockNumber,
      settled.blockHash,
    ]);
    expect(ours.kzg?.commitments.map(hex)).toEqual(settled.kzg?.commitments.map(hex));
    expect(ours.messagesToL1).toEqual([]);
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const native: Kzg = nativeKzg();

/** A node that holds this block alone, with the nonces that its old encoding asks for. */
function recordedBlock(number: number): FakeChain {
  const update = parseStateUpdate(readVectorJson('da', String(number), 'state_update.json'));
  const chain = new FakeChain([
    {
      header: {
        number,
        hash: update.blockHash,
        parentHash: 0n,
        newRoot: update.newRoot,
        starknetVersion: '0.13.1',
        timestamp: 0,
      },
      update,
      messages: { toL1: [], toL2: [], assumed: false },
    },
  ]);
  const nonces = readVectorJson('da', String(number), 'nonces.json') as readonly {
    readonly address: string;
    readonly nonce: string;
  }[];
  for (const { address, nonce } of nonces) chain.nonceOf.set(BigInt(address), BigInt(`0x${nonce}`));
  return chain;
}
