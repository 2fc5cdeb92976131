import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  MAX_RECEIVES,
  type OutgoingMessage,
  type Queue,
  type QueueSet,
  type ReceivedMessage,
} from '../../src/queues/queue.ts';
import { VirtualClock } from '../virtual-clock.ts';

export interface QueuesUnderTest {
  readonly queues: QueueSet;
  dispose(): Promise<void>;
}

const VISIBILITY_MS = 30_000;

export function message(body: string, delayMs = 0): OutgoingMessage {
  return { body, attributes: { Sequence: '1' }, delayMs };
}

/** What every Queue must do, in virtual time. */
export function queueSuite(name: string, make: (clock: VirtualClock) => Promise<QueuesUnderTest>): void {
  describe(`Queue: ${name}`, () => {
    let clock: VirtualClock;
    let subject: QueuesUnderTest;
    let queue: Queue;

    beforeEach(async () => {
      clock = new VirtualClock();
      subject = await make(clock);
      queue = subject.queues.queue('snos_job_processing');
    });
    afterEach(() => subject.dispose());

    const receive = (from: Queue = queue, max = 10): Promise<ReceivedMessage[]> =>
      from.receive({ max, visibilityMs: VISIBILITY_MS, waitMs: 0 });
    const receiveOne = async (from: Queue = queue): Promise<ReceivedMessage> => {
      const [first] = await receive(from, 1);
      if (first === undefined) throw new Error('nothing was received');
      return first;
    };
    const bodies = (messages: readonly ReceivedMessage[]): string[] => messages.map(({ body }) => body).sort();

    /** Starts a long poll and tells when it ended. */
    function poll(waitMs: number, signal?: AbortSignal) {
      const poll = { at: undefined as number | undefined, messages: [] as ReceivedMessage[] };
      const done = queue
        .receive({ max: 10, visibilityMs: VISIBILITY_MS, waitMs, ...(signal === undefined ? {} : { signal }) })
        .then((messages) => Object.assign(poll, { at: clock.now(), messages }));
      return Object.assign(poll, { done });
    }

    it('delivers body and attributes as they were sent', async () => {
      const body = JSON.stringify({ id: 'ünï "quoted"' });
      await queue.send([{ body, attributes: { Phase: 'verify', Sequence: '12' }, delayMs: 0 }]);
      const received = await receiveOne();
      expect(received).toMatchObject({ body, attributes: { Phase: 'verify', Sequence: '12' }, receiveCount: 1 });
    });

    it('delivers no more than was asked for, and the rest later', async () => {
      await queue.send(['a', 'b', 'c'].map((body) => message(body)));
      const first = await receive(queue, 2);
      const second = await receive(queue, 2);
      expect([first.length, second.length]).toEqual([2, 1]);
      expect(bodies([...first, ...second])).toEqual(['a', 'b', 'c']);
    });

    it('keeps queues apart', async () => {
      await queue.send([message('mine')]);
      expect(await receive(subject.queues.queue('snos_job_verification'))).toEqual([]);
      expect(bodies(await receive())).toEqual(['mine']);
    });

    it('hides a received message until its time is over, then delivers it again under a new receipt', async () => {
      await queue.send([message('a')]);
      const first = await receiveOne();
      await clock.advance(VISIBILITY_MS - 1);
      expect(await receive()).toEqual([]);
      await clock.advance(1);
      const second = await receiveOne();
      expect(second).toMatchObject({ id: first.id, body: 'a', receiveCount: 2 });
      expect(second.receipt).not.toBe(first.receipt);
    });

    it('forgets a deleted message, and only that one', async () => {
      await queue.send([message('a'), message('b')]);
      const received = await receive();
      await queue.delete(received.filter(({ body }) => body === 'a').map(({ receipt }) => receipt));
      await clock.advance(VISIBILITY_MS);
      expect(bodies(await receive())).toEqual(['b']);
    });

    it('ignores the deletion by a receipt that is not current', async () => {
      await queue.send([message('a')]);
      const old = await receiveOne();
      await clock.advance(VISIBILITY_MS);
      const current = await receiveOne();
      await queue.delete([old.receipt, 'no receipt', '']);
      await clock.advance(VISIBILITY_MS);
      expect(bodies(await receive())).toEqual(['a']);
      expect(await queue.setVisibility(old.receipt, 0)).toBe(false);
      expect(await queue.setVisibility(current.receipt, 0)).toBe(false);
      expect(await queue.setVisibility('no receipt', 0)).toBe(false);
    });

    it('does not take a receipt of a deleted message for a later one', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await queue.delete([receipt]);
      await queue.send([message('b')]);
      const later = await receiveOne();
      await queue.delete([receipt]);
      expect(await queue.setVisibility(receipt, 0)).toBe(false);
      expect(await queue.setVisibility(later.receipt, VISIBILITY_MS)).toBe(true);
    });

    it('hides a message longer when its holder says so', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await clock.advance(20_000);
      expect(await queue.setVisibility(receipt, VISIBILITY_MS)).toBe(true);
      await clock.advance(VISIBILITY_MS - 1);
      expect(await receive()).toEqual([]);
      await clock.advance(1);
      expect(await receive()).toHaveLength(1);
    });

    it('refuses to hide a message whose time is over', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await clock.advance(VISIBILITY_MS);
      expect(await queue.setVisibility(receipt, VISIBILITY_MS)).toBe(false);
      expect(await receive()).toHaveLength(1);
    });

    it('delivers a message that was handed back at once', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      expect(await queue.setVisibility(receipt, 0)).toBe(true);
      expect(await receiveOne()).toMatchObject({ body: 'a', receiveCount: 2 });
    });

    it('delivers a delayed message when its time has come', async () => {
      await queue.send([message('late', 5_000), message('now')]);
      expect(bodies(await receive())).toEqual(['now']);
      await clock.advance(4_999);
      expect(await receive()).toEqual([]);
      await clock.advance(1);
      expect(bodies(await receive())).toEqual(['late']);
    });

    it('gives a message up to the failure queue after five deliveries', async () => {
      await queue.send([message('poison'), message('other', 1)]);
      for (let delivery = 1; delivery <= MAX_RECEIVES; delivery += 1) {
        expect(await receiveOne()).toMatchObject({ body: 'poison', receiveCount: delivery });
        if (delivery === 1) {
          await clock.advance(1);
          await queue.delete((await receive()).map(({ receipt }) => receipt));
        }
        await clock.advance(VISIBILITY_MS);
      }
      expect(await receive()).toEqual([]);
      const failures = subject.queues.queue('job_handle_failure');
      expect(await receiveOne(failures)).toMatchObject({
        body: 'poison',
        attributes: { Sequence: '1' },
        receiveCount: 1,
      });
    });

    it('does not let a receipt of the old queue touch a message that was given up', async () => {
      await queue.send([message('poison')]);
      let receipt = '';
      for (let delivery = 1; delivery <= MAX_RECEIVES; delivery += 1) {
        const received = await receiveOne();
        if (delivery === 1) receipt = received.receipt;
        await clock.advance(VISIBILITY_MS);
      }
      expect(await receive()).toEqual([]);
      const failures = subject.queues.queue('job_handle_failure');
      await receiveOne(failures);
      await queue.delete([receipt]);
      await clock.advance(VISIBILITY_MS);
      expect(await receiveOne(failures)).toMatchObject({ body: 'poison' });
    });

    it.each(['job_handle_failure', 'worker_trigger'] as const)('never gives up a message of %s', async (queueName) => {
      const kept = subject.queues.queue(queueName);
      await kept.send([message('kept')]);
      for (let delivery = 1; delivery <= MAX_RECEIVES + 2; delivery += 1) {
        const received = await receiveOne(kept);
        expect(received.receiveCount).toBe(delivery);
        expect(await kept.setVisibility(received.receipt, 0)).toBe(true);
      }
    });

    it('lets cron words expire after a minute and others after four days', async () => {
      const triggers = subject.queues.queue('worker_trigger');
      await triggers.send([message('"Snos"')]);
      await queue.send([message('a')]);
      await clock.advance(59_999);
      expect((await triggers.depth()).ready).toBe(1);
      await clock.advance(1);
      expect(await receive(triggers)).toEqual([]);
      await triggers.send([message('"Proving"')]);
      expect(bodies(await receive(triggers))).toEqual(['"Proving"']);
      await clock.advance(4 * 24 * 3_600_000 - 60_001);
      expect((await queue.depth()).ready).toBe(1);
      await clock.advance(1);
      expect(await receive()).toEqual([]);
    });

    it('waits for a message no longer than it was told to', async () => {
      const start = clock.now();
      const waiting = poll(20_000);
      await clock.advance(19_999);
      expect(waiting.at).toBeUndefined();
      await clock.advance(1);
      await waiting.done;
      expect(waiting).toMatchObject({ at: start + 20_000, messages: [] });
    });

    it('wakes a waiting receiver when a message is sent', async () => {
      const start = clock.now();
      const waiting = poll(20_000);
      await clock.advance(3_000);
      await queue.send([message('a')]);
      await clock.advance(0);
      await waiting.done;
      expect(waiting.at).toBe(start + 3_000);
      expect(bodies(waiting.messages)).toEqual(['a']);
    });

    it('wakes a waiting receiver when a delayed message becomes visible', async () => {
      const start = clock.now();
      const waiting = poll(20_000);
      await clock.advance(1_000);
      await queue.send([message('a', 5_000)]);
      await clock.advance(20_000);
      await waiting.done;
      expect(waiting.at).toBe(start + 6_000);
    });

    it('wakes a waiting receiver when the holder of a message vanishes or hands it back', async () => {
      await queue.send([message('a'), message('b')]);
      const [first] = await receive();
      const start = clock.now();
      const returned = poll(60_000);
      await clock.advance(1_000);
      await queue.setVisibility(first?.receipt ?? '', 0);
      await clock.advance(0);
      await returned.done;
      expect(returned.at).toBe(start + 1_000);
      const vanished = poll(60_000);
      await clock.advance(60_000);
      await vanished.done;
      expect(vanished.at).toBe(start + VISIBILITY_MS);
    });

    it('delivers a message to one of several waiting receivers', async () => {
      const receivers = [poll(1_000), poll(1_000), poll(1_000)];
      await clock.advance(10);
      await queue.send([message('a')]);
      await clock.advance(1_000);
      await Promise.all(receivers.map(({ done }) => done));
      expect(receivers.flatMap(({ messages }) => bodies(messages))).toEqual(['a']);
    });

    it('stops waiting when the signal fires, and drops nothing that it took', async () => {
      const controller = new AbortController();
      const waiting = poll(20_000, controller.signal);
      await clock.advance(1_000);
      controller.abort();
      await clock.advance(0);
      expect(waiting).toMatchObject({ at: clock.now(), messages: [] });

      await queue.send([message('a')]);
      const late = new AbortController();
      const taking = poll(20_000, late.signal);
      late.abort();
      await clock.advance(0);
      await taking.done;
      const left = await receive();
      expect(bodies([...taking.messages, ...left])).toEqual(['a']);
      expect((await poll(20_000, controller.signal).done).messages).toEqual([]);
    });

    it('ends all waiting when the queues close', async () => {
      const waiting = poll(20_000);
      await clock.advance(1);
      await subject.queues.close();
      await clock.advance(0);
      expect(waiting.messages).toEqual([]);
      expect(waiting.at).toBe(clock.now());
    });

    it('tells how many messages wait, are delayed and are held', async () => {
      expect(await queue.depth()).toEqual({ ready: 0, delayed: 0, inFlight: 0, oldestReadyAgeMs: 0 });
      await queue.send([message('a'), message('b'), message('c'), message('d', 60_000)]);
      await receiveOne();
      await clock.advance(7_000);
      expect(await queue.depth()).toEqual({ ready: 2, delayed: 1, inFlight: 1, oldestReadyAgeMs: 7_000 });
    });
  });
}
