import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { openRecordedChain } from '../../src/devnet/chain/recorded-chain.ts';
import { recordChain } from '../../src/devnet/recorder/record-chain.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import { failureOf } from '../starknet-rpc/instant-time.ts';
import { overHttp, type ScratchFolder, scratchFolder } from './chain-over-http.ts';

const MANIFEST = 'recording.json';
const BLOCK = 'blocks/000000000041.json';
let folder: ScratchFolder;

beforeAll(async () => {
  folder = await scratchFolder();
  await using source = await overHttp(new GeneratedChain({ seed: 4, head: () => 60, starknetVersion: '0.13.1' }));
  await recordChain({ node: source.node, from: 40, to: 42, out: folder.path });
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** Opens the recording with one file changed, and puts the file back. */
async function openedWith(file: string, change: (text: string) => string) {
  const path = join(folder.path, file);
  const text = await readFile(path, 'utf8');
  await writeFile(path, change(text));
  try {
    return await failureOf(openRecordedChain(folder.path));
  } finally {
    await writeFile(path, text);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests damage documents at arbitrary places
const edited = (edit: (document: any) => void) => (text: string) => {
  const document = JSON.parse(text);
  edit(document);
  return JSON.stringify(document);
};

describe('a damaged recording is refused by file and field', () => {
  it.each([
    [
      'a manifest of another format',
      MANIFEST,
      edited((d) => {
        d.format = 'other';
      }),
      'format',
    ],
    [
      'a newer version',
      MANIFEST,
      edited((d) => {
        d.version = 2;
      }),
      'version',
    ],
    [
      'a bad chain id',
      MANIFEST,
      edited((d) => {
        d.chain_id = 'SN_MAIN';
      }),
      'chain_id',
    ],
    [
      'a range backwards',
      MANIFEST,
      edited((d) => {
        d.last_block = 39;
      }),
      'last_block',
    ],
    ['a file that was cut short', BLOCK, (text: string) => text.slice(0, 500), 'the top'],
    ['an empty file', BLOCK, () => '', 'the top'],
    [
      'a missing hash',
      BLOCK,
      edited((d) => {
        delete d.header.block_hash;
      }),
      'header.block_hash',
    ],
    [
      'a value that is no felt',
      BLOCK,
      edited((d) => {
        d.header.new_root = `0x${'f'.repeat(64)}`;
      }),
      'header.new_root',
    ],
    [
      'a malformed state update',
      BLOCK,
      edited((d) => {
        d.state_update.state_diff.nonces = {};
      }),
      'state_update',
    ],
    [
      'messages without payload',
      BLOCK,
      edited((d) => {
        d.messages = { to_l1: [{ from_address: '0x1', to_address: '0x2' }], to_l2: [] };
      }),
      'messages.to_l1.0.payload',
    ],
    [
      'a bad value before',
      BLOCK,
      edited((d) => {
        d.before.storage = { '0x1': { '0x2': 3 } };
      }),
      'before.storage.0x1.0x2',
    ],
    [
      'a bad key before',
      BLOCK,
      edited((d) => {
        d.before.nonces = { one: '0x1' };
      }),
      'before.nonces.one',
    ],
    [
      'the wrong number',
      BLOCK,
      edited((d) => {
        d.header.block_number = 7;
      }),
      'header.block_number',
    ],
    [
      'the update of another block',
      BLOCK,
      edited((d) => {
        d.state_update.block_hash = '0x1';
      }),
      'state_update.block_hash',
    ],
    [
      'another root',
      BLOCK,
      edited((d) => {
        d.state_update.new_root = '0x1';
      }),
      'state_update.new_root',
    ],
    [
      'a parent that does not fit',
      BLOCK,
      edited((d) => {
        d.header.parent_hash = '0x1';
      }),
      'header.parent_hash',
    ],
    [
      'an old root that does not fit',
      BLOCK,
      edited((d) => {
        d.state_update.old_root = '0x1';
      }),
      'state_update.old_root',
    ],
  ])('%s', async (_, file, change, field) => {
    const error = await openedWith(file, change);
    expect([error.code, error.context.file, error.context.field]).toEqual(['RECORDING_INVALID', file, field]);
  });

  it('and the undamaged one is opened', async () => {
    expect((await openRecordedChain(folder.path)).latestBlock()).toBe(42);
  });

  it('a folder without a recording', async () => {
    const error = await failureOf(openRecordedChain(join(folder.path, 'blocks')));
    expect(error.code).toBe('RECORDING_INVALID');
    expect(error.hint).toMatch(/orchestrator record/);
  });
});

describe('what the recording lacks', () => {
  it('is an error with a clear text, never a zero', async () => {
    await using served = await overHttp(await openRecordedChain(folder.path));
    const chain = new GeneratedChain({ seed: 4, head: () => 60, starknetVersion: '0.13.1' });
    const questions = [
      () => served.node.storage(41, [{ address: 0x1234n, key: 5n }]),
      () => served.node.nonces(41, [0x1234n]),
      () => served.node.classHashes(41, [0x1234n]),
      () => served.node.blockHeader(39),
      () => served.node.stateUpdate(39),
      () =>
        served.node.storage(38, [{ address: chain.stateUpdate(40).stateDiff.storageDiffs[0]?.address ?? 0n, key: 5n }]),
    ];
    for (const question of questions) {
      const error = await failureOf(question());
      expect([error.code, error.retry, error.context.rpcCode]).toEqual(['NODE_ERROR', 'permanent', 10_001]);
      expect(error.message).toMatch(
        /does not have the (storage|nonce|class) of|is not in the recorded chain, which begins at block 40/,
      );
    }
    expect((await failureOf(served.node.blockHeader(43))).code).toBe('BLOCK_NOT_FOUND');
  });
});

describe('a recording whose folder is a file', () => {
  it('says which file that is', async () => {
    const file = join(folder.path, MANIFEST);
    expect(await failureOf(openRecordedChain(file))).toMatchObject({ message: `${file} is a file, not a folder` });
    const below = join(file, 'below');
    expect(await failureOf(openRecordedChain(below))).toMatchObject({ message: `${file} is a file, not a folder` });
    const node = { chainId: async () => 1n, latestBlockNumber: async () => 9 } as unknown as StarknetNode;
    const recording = recordChain({ node, from: 1, to: 2, out: file });
    expect(await failureOf(recording)).toMatchObject({ message: `${file} is a file, not a folder` });
  });
});
