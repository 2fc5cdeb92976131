import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { encodePacked, getAddress, type Hex, keccak256, parseEther, parseEventLogs } from 'viem';
import { type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { messageSize } from '../../src/starknet/message-size.ts';
import type { MessageToL1, MessageToL2 } from '../../src/starknet/starknet-node.ts';
import { describeWithVectors } from '../vectors.ts';
import { CORE_ABI, deployScenario, type LocalChain, type LocalCore, localChain, revertReason } from './local-core.ts';
import { loadScenario, type Scenario, type Step } from './scenario.ts';

const messageHash = (words: readonly bigint[]): Hex => keccak256(encodePacked(['uint256[]'], [words]));

/** The output of a block without messages, with these segments instead. The blob does not bind the messages. */
const withMessages = (step: Step, toL1: readonly bigint[], toL2: readonly bigint[]): bigint[] => [
  ...step.output.slice(0, 16),
  BigInt(toL1.length),
  ...toL1,
  BigInt(toL2.length),
  ...toL2,
];

describeWithVectors('messages between the layers', () => {
  let anvil: Anvil;
  let local: LocalChain;
  let scenario: Scenario & { readonly first: Step };
  let core: LocalCore;
  beforeAll(async () => {
    anvil = await startAnvil();
    local = localChain(anvil);
    scenario = loadScenario('651056');
  });
  beforeEach(async () => {
    core = await deployScenario(local, scenario.init);
  });
  afterAll(() => anvil?.stop());

  const read = (functionName: 'l1ToL2Messages' | 'l2ToL1Messages', hash: Hex): Promise<bigint> =>
    local.chain.readContract({ address: core.address, abi: CORE_ABI, functionName, args: [hash] });
  const reasonOf = async (output: readonly bigint[]): Promise<string | undefined> => {
    await core.prove(output);
    return core.reasonOf({ ...scenario.first, output });
  };

  it('a message to L2 waits with its fee until an update consumes it, and pays the operator', async () => {
    const { chain, stranger, operator } = local;
    const send = {
      address: core.address,
      abi: CORE_ABI,
      functionName: 'sendMessageToL2',
      args: [77n, 88n, [5n, 6n]],
      chain: null,
    } as const;
    const from = BigInt(stranger.account.address);
    const fee = parseEther('0.5');
    const sent: bigint[][] = [];
    for (const nonce of [0n, 1n]) {
      const receipt = await chain.waitForTransactionReceipt({
        hash: await stranger.writeContract({ ...send, value: fee }),
      });
      expect(parseEventLogs({ abi: CORE_ABI, logs: receipt.logs })).toMatchObject([
        {
          eventName: 'LogMessageToL2',
          args: { fromAddress: stranger.account.address, toAddress: 77n, selector: 88n, payload: [5n, 6n], nonce, fee },
        },
      ]);
      const words = [from, 77n, nonce, 88n, 2n, 5n, 6n];
      expect(await read('l1ToL2Messages', messageHash(words))).toBe(fee + 1n);
      sent.push(words);
    }
    expect(await chain.readContract({ address: core.address, abi: CORE_ABI, functionName: 'l1ToL2MessageNonce' })).toBe(
      2n,
    );

    const [first = [], second = []] = sent;
    expect(await reasonOf(withMessages(scenario.first, [], [...first, ...first]))).toBe('INVALID_MESSAGE_TO_CONSUME');
    expect(await reasonOf(withMessages(scenario.first, [], [...first.slice(0, -1), 7n]))).toBe(
      'INVALID_MESSAGE_TO_CONSUME',
    );

    const output = withMessages(scenario.first, [], [...first, ...second]);
    await core.prove(output);
    const balance = (): Promise<bigint> => chain.getBalance({ address: operator.account.address });
    const before = await balance();
    const receipt = await core.settle({ ...scenario.first, output }, scenario.first.blobs);
    expect(receipt.status).toBe('success');
    const cost =
      receipt.gasUsed * receipt.effectiveGasPrice + (receipt.blobGasUsed ?? 0n) * (receipt.blobGasPrice ?? 0n);
    expect((await balance()) - before).toBe(2n * fee - cost);
    expect(await chain.getBalance({ address: core.address })).toBe(0n);

    const consumed = parseEventLogs({ abi: CORE_ABI, logs: receipt.logs, eventName: 'ConsumedMessageToL2' });
    expect(consumed.map(({ args }) => args)).toEqual(
      [0n, 1n].map((nonce) => ({
        fromAddress: stranger.account.address,
        toAddress: 77n,
        selector: 88n,
        payload: [5n, 6n],
        nonce,
      })),
    );
    for (const words of sent) expect(await read('l1ToL2Messages', messageHash(words))).toBe(0n);
  });

  it('a message to L2 needs a fee, of at most one ether', async () => {
    const send = {
      address: core.address,
      abi: CORE_ABI,
      functionName: 'sendMessageToL2',
      args: [1n, 2n, []],
      account: local.stranger.account,
    } as const;
    const reason = (value: bigint) =>
      local.chain.simulateContract({ ...send, value }).then(() => undefined, revertReason);
    expect(
      await local.chain.readContract({ address: core.address, abi: CORE_ABI, functionName: 'getMaxL1MsgFee' }),
    ).toBe(parseEther('1'));
    expect(await reason(0n)).toBe('L1_MSG_FEE_MUST_BE_GREATER_THAN_0');
    expect(await reason(parseEther('1') + 1n)).toBe('MAX_L1_MSG_FEE_EXCEEDED');
    expect(await reason(parseEther('1'))).toBeUndefined();
  });

  it('messages to L1 are counted, and consumed by their receiver alone', async () => {
    const { chain, stranger, operator } = local;
    const to = BigInt(stranger.account.address);
    const words = [99n, to, 1n, 42n];
    const output = withMessages(scenario.first, [...words, ...words, 98n, to, 0n], []);
    await core.prove(output);
    const receipt = await core.settle({ ...scenario.first, output }, scenario.first.blobs);
    const logged = parseEventLogs({ abi: CORE_ABI, logs: receipt.logs, eventName: 'LogMessageToL1' });
    const toAddress = getAddress(stranger.account.address);
    expect(logged.map(({ args }) => args)).toEqual([
      { fromAddress: 99n, toAddress, payload: [42n] },
      { fromAddress: 99n, toAddress, payload: [42n] },
      { fromAddress: 98n, toAddress, payload: [] },
    ]);
    expect(await read('l2ToL1Messages', messageHash(words))).toBe(2n);

    const consume = {
      address: core.address,
      abi: CORE_ABI,
      functionName: 'consumeMessageFromL2',
      args: [99n, [42n]],
    } as const;
    const refusal = await chain
      .simulateContract({ ...consume, account: operator.account })
      .then(() => undefined, revertReason);
    expect(refusal).toBe('INVALID_MESSAGE_TO_CONSUME');
    for (const left of [1n, 0n]) {
      const consumed = await chain.waitForTransactionReceipt({
        hash: await stranger.writeContract({ ...consume, chain: null }),
      });
      expect(parseEventLogs({ abi: CORE_ABI, logs: consumed.logs })).toMatchObject([
        { eventName: 'ConsumedMessageToL1' },
      ]);
      expect(await read('l2ToL1Messages', messageHash(words))).toBe(left);
    }
  });

  it.each<[string, string, readonly bigint[]]>([
    ['a segment longer than the output', 'STARKNET_OUTPUT_TOO_SHORT', [4n, 1n, 2n, 0n]],
    ['a huge segment', 'INVALID_MESSAGE_SEGMENT_SIZE', [1n << 30n, 0n]],
    ['a message shorter than its prefix', 'MESSAGE_TOO_SHORT', [2n, 1n, 2n, 0n]],
    ['a huge payload', 'INVALID_PAYLOAD_LENGTH', [3n, 1n, 2n, 1n << 30n, 0n]],
    ['a payload that is cut off', 'TRUNCATED_MESSAGE_PAYLOAD', [4n, 1n, 2n, 2n, 7n, 0n]],
    ['no segment of messages to L2', 'STARKNET_OUTPUT_TOO_SHORT', [0n]],
    ['a message to L2 shorter than its prefix', 'MESSAGE_TOO_SHORT', [0n, 4n, 1n, 2n, 3n, 4n]],
    ['a payload to L2 that is cut off', 'TRUNCATED_MESSAGE_PAYLOAD', [0n, 5n, 1n, 2n, 3n, 4n, 1n]],
    ['an unknown message to L2', 'INVALID_MESSAGE_TO_CONSUME', [0n, 5n, 1n, 2n, 3n, 4n, 0n]],
  ])('refuses %s: %s', async (_name, reason, tail) => {
    expect(await reasonOf([...scenario.first.output.slice(0, 16), ...tail])).toBe(reason);
  });

  it('starts with block 0 after the sentinel P - 1', async () => {
    const genesis = await deployScenario(local, { ...scenario.init, stateRoot: 0n, blockNumber: -1, blockHash: 0n });
    const { first } = scenario;
    const output = first.output.map((word, index) => ({ 0: 0n, 2: FELT_PRIME - 1n, 3: 0n, 4: 0n })[index] ?? word);
    await genesis.prove(output);
    const wrong = output.map((word, index) => (index === 2 ? 0n : word));
    expect(await genesis.reasonOf({ ...first, output: wrong })).toBe('INVALID_PREV_BLOCK_NUMBER');
    expect((await genesis.settle({ ...first, output }, first.blobs)).status).toBe('success');
    expect(await genesis.state()).toMatchObject({ stateBlockNumber: 0n, stateBlockHash: output[5] });
  });

  it.each<[string, number, number, number]>([
    ['to L1, each of its own kind', 40, 0, 0],
    ['to L1 with payload', 40, 0, 8],
    ['to L2 with payload', 0, 40, 8],
  ])('messages %s take no more gas than ranges allow for', async (_, toL1Count, toL2Count, payloadWords) => {
    const { chain, stranger } = local;
    // Words with hardly a zero byte, the dearest calldata there is.
    const word = (index: number): bigint => BigInt(`0x${'07'.repeat(30)}`) + BigInt(index);
    const payload = Array.from({ length: payloadWords }, (_word, index) => word(index));
    const from = BigInt(stranger.account.address);
    const toL1: MessageToL1[] = Array.from({ length: toL1Count }, (_message, index) => ({
      from: word(index),
      to: from,
      payload,
    }));
    const toL2: MessageToL2[] = Array.from({ length: toL2Count }, (_message, index) => ({
      from,
      to: word(1),
      nonce: BigInt(index),
      selector: word(2),
      payload,
    }));
    for (const { to, selector } of toL2) {
      const hash = await stranger.writeContract({
        address: core.address,
        abi: CORE_ABI,
        functionName: 'sendMessageToL2',
        args: [to, selector, payload],
        value: 1n,
        chain: null,
      });
      await chain.waitForTransactionReceipt({ hash });
    }
    const output = withMessages(
      scenario.first,
      toL1.flatMap((message) => [message.from, message.to, BigInt(payloadWords), ...payload]),
      toL2.flatMap(({ to, nonce, selector }) => [from, to, nonce, selector, BigInt(payloadWords), ...payload]),
    );
    const gasOf = async (words: readonly bigint[], on: LocalCore): Promise<number> => {
      await on.prove(words);
      const { status, gasUsed } = await on.settle({ ...scenario.first, output: words }, scenario.first.blobs);
      expect(status).toBe('success');
      return Number(gasUsed);
    };
    const other = await deployScenario(local, scenario.init);
    const measured = (await gasOf(output, core)) - (await gasOf(withMessages(scenario.first, [], []), other));
    const { gas } = messageSize({ toL1, toL2 });
    expect(measured).toBeLessThanOrEqual(gas);
    // Nor is so much allowed for that ranges would be far shorter than they could be.
    expect(measured).toBeGreaterThan(gas / 2);
  });
});
