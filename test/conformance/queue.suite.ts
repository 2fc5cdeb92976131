import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  MAX_RECEIVES,
  type OutgoingMessage,
  type Queue,
  type QueueSet,
  type ReceivedMessage,
} from '../../src/queues/queue.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { type QueueTime, virtualTime } from './queue-time.ts';

export interface QueuesUnderTest {
  readonly queues: QueueSet;
  dispose(): Promise<void>;
}

export function message(body: string, delayMs = 0): OutgoingMessage {
  return { body, attributes: { Sequence: '1' }, delayMs };
}

/** What every Queue must do, to the millisecond in virtual time. */
export function queueSuite(name: string, make: (clock: VirtualClock) => Promise<QueuesUnderTest>): void {
  queueSuiteIn(name, async () => {
    const clock = new VirtualClock();
    return { ...(await make(clock)), time: virtualTime(clock) };
  });
}

/** What every Queue must do, in the time that the subject lives in. */
export function queueSuiteIn(name: string, make: () => Promise<QueuesUnderTest & { readonly time: QueueTime }>): void {
  describe(`Queue: ${name}`, () => {
    let time: QueueTime;
    let subject: QueuesUnderTest;
    let queue: Queue;
    let visibilityMs: number;
    /** A long poll that nothing ends but a message. */
    let longMs: number;

    beforeEach(async () => {
      const made = await make();
      subject = made;
      time = made.time;
      visibilityMs = 30 * time.secondMs;
      longMs = 20 * time.secondMs;
      queue = subject.queues.queue('snos_job_processing');
    });
    afterEach(() => subject.dispose());

    const receive = (from: Queue = queue, max = 10): Promise<ReceivedMessage[]> =>
      from.receive({ max, visibilityMs, waitMs: 0 });
    const receiveOne = async (from: Queue = queue): Promise<ReceivedMessage> => {
      const [first] = await receive(from, 1);
      if (first === undefined) throw new Error('nothing was received');
      return first;
    };
    const bodies = (messages: readonly ReceivedMessage[]): string[] => messages.map(({ body }) => body).sort();
    /** Lets a span pass that began just now; `meanwhile` is called right before its end. */
    const pass = async (ms: number, meanwhile?: () => Promise<void>): Promise<void> => {
      await time.advance(ms - time.earlyMs);
      await meanwhile?.();
      await time.advance(time.earlyMs + time.lateMs);
    };
    const nothingIsThere = async (): Promise<void> => expect(await receive()).toEqual([]);

    /** Starts a long poll and tells when it ended. */
    function poll(waitMs: number, signal?: AbortSignal) {
      const poll = { at: undefined as number | undefined, messages: [] as ReceivedMessage[] };
      const done = queue
        .receive({ max: 10, visibilityMs, waitMs, ...(signal === undefined ? {} : { signal }) })
        .then((messages) => Object.assign(poll, { at: time.now(), messages }));
      return Object.assign(poll, { done });
    }
    const expectAt = (at: number | undefined, expected: number): void => {
      const { earlyMs, lateMs } = time;
      expect(at).toBeGreaterThan(expected - earlyMs);
      expect(at).toBeLessThanOrEqual(expected + lateMs);
    };

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
      await pass(visibilityMs, nothingIsThere);
      const second = await receiveOne();
      expect(second).toMatchObject({ id: first.id, body: 'a', receiveCount: 2 });
      expect(second.receipt).not.toBe(first.receipt);
    });

    it('forgets a deleted message, and only that one', async () => {
      await queue.send([message('a'), message('b')]);
      const received = await receive();
      await queue.delete(received.filter(({ body }) => body === 'a').map(({ receipt }) => receipt));
      await pass(visibilityMs);
      expect(bodies(await receive())).toEqual(['b']);
    });

    it('ignores the deletion by a receipt that is none', async () => {
      await queue.send([message('a')]);
      await receiveOne();
      await queue.delete(['no receipt', '']);
      expect(await queue.setVisibility('no receipt', 0)).toBe(false);
      expect(await queue.setVisibility('', 0)).toBe(false);
      await pass(visibilityMs);
      expect(bodies(await receive())).toEqual(['a']);
    });

    it('ignores the deletion by a receipt that is not current, or takes it for the current one', async () => {
      await queue.send([message('a')]);
      const old = await receiveOne();
      await pass(visibilityMs);
      const current = await receiveOne();
      await queue.delete([old.receipt]);
      await pass(visibilityMs);
      const left = bodies(await receive());
      if (time.voidsOldReceipts) expect(left).toEqual(['a']);
      else expect([[], ['a']]).toContainEqual(left);
      if (!time.voidsOldReceipts) return;
      expect(await queue.setVisibility(old.receipt, 0)).toBe(false);
      expect(await queue.setVisibility(current.receipt, 0)).toBe(false);
    });

    it('does not take a receipt of a deleted message for a later one', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await queue.delete([receipt]);
      await queue.send([message('b')]);
      const later = await receiveOne();
      await queue.delete([receipt]);
      expect(await queue.setVisibility(receipt, 0)).toBe(false);
      expect(await queue.setVisibility(later.receipt, visibilityMs)).toBe(true);
    });

    it('hides a message longer when its holder says so', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await time.advance((visibilityMs * 2) / 3);
      expect(await queue.setVisibility(receipt, visibilityMs)).toBe(true);
      await pass(visibilityMs, nothingIsThere);
      expect(await receive()).toHaveLength(1);
    });

    it('does not hide a message whose time is over', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      await pass(visibilityMs);
      const hidden = await queue.setVisibility(receipt, visibilityMs);
      if (time.voidsOldReceipts) expect(hidden).toBe(false);
      expect(await receive()).toHaveLength(1);
    });

    it('delivers a message that was handed back at once', async () => {
      await queue.send([message('a')]);
      const { receipt } = await receiveOne();
      expect(await queue.setVisibility(receipt, 0)).toBe(true);
      expect(await receiveOne()).toMatchObject({ body: 'a', receiveCount: 2 });
    });

    it('takes and gives up many messages at once', async () => {
      const sent = Array.from({ length: 25 }, (_, index) => message(`m${index}`));
      await queue.send(sent);
      const received: ReceivedMessage[] = [];
      for (let rounds = 0; rounds < 10 && received.length < 25; rounds += 1) received.push(...(await receive()));
      expect(bodies(received)).toEqual(sent.map(({ body }) => body).sort());
      await queue.delete(received.map(({ receipt }) => receipt));
      await pass(visibilityMs);
      await nothingIsThere();
    });

    it('delivers a delayed message when its time has come', async () => {
      await queue.send([message('late', 20 * time.secondMs), message('now')]);
      const now = await receive();
      expect(bodies(now)).toEqual(['now']);
      await queue.delete(now.map(({ receipt }) => receipt));
      await pass(20 * time.secondMs, nothingIsThere);
      expect(bodies(await receive())).toEqual(['late']);
    });

    it('gives a message up to the failure queue after five deliveries, and says where it comes from', async () => {
      await queue.send([message('poison')]);
      for (let delivery = 1; delivery <= MAX_RECEIVES; delivery += 1) {
        expect(await receiveOne()).toMatchObject({ body: 'poison', receiveCount: delivery });
        if (delivery === 1) {
          await queue.send([message('other')]);
          await queue.delete((await receive()).map(({ receipt }) => receipt));
        }
        await pass(visibilityMs);
      }
      expect(await receive()).toEqual([]);
      const failures = subject.queues.queue('job_handle_failure');
      expect(await receiveOne(failures)).toMatchObject({
        body: 'poison',
        attributes: { Sequence: '1', SourceQueue: 'snos_job_processing' },
        receiveCount: time.voidsOldReceipts ? 1 : expect.any(Number),
      });
    });

    it('does not let a receipt of the old queue touch a message that was given up', async () => {
      await queue.send([message('poison')]);
      let receipt = '';
      for (let delivery = 1; delivery <= MAX_RECEIVES; delivery += 1) {
        const received = await receiveOne();
        if (delivery === 1) receipt = received.receipt;
        await pass(visibilityMs);
      }
      expect(await receive()).toEqual([]);
      const failures = subject.queues.queue('job_handle_failure');
      await receiveOne(failures);
      await queue.delete([receipt]);
      await pass(visibilityMs);
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

    it('lets cron words expire after a minute and others after four days, where time can be made to pass', async () => {
      const triggers = subject.queues.queue('worker_trigger');
      await triggers.send([message('"Snos"')]);
      await queue.send([message('a')]);
      if (!time.hasDays) {
        expect(bodies(await receive(triggers))).toEqual(['"Snos"']);
        return;
      }
      await time.advance(59_999);
      expect((await triggers.depth()).ready).toBe(1);
      await time.advance(1);
      expect(await receive(triggers)).toEqual([]);
      await triggers.send([message('"Proving"')]);
      expect(bodies(await receive(triggers))).toEqual(['"Proving"']);
      await time.advance(4 * 24 * 3_600_000 - 60_001);
      expect((await queue.depth()).ready).toBe(1);
      await time.advance(1);
      expect(await receive()).toEqual([]);
    });

    it('waits for a message no longer than it was told to', async () => {
      const start = time.now();
      const waiting = poll(longMs);
      await pass(longMs, async () => expect(waiting.at).toBeUndefined());
      await waiting.done;
      expectAt(waiting.at, start + longMs);
      expect(waiting.messages).toEqual([]);
    });

    it('wakes a waiting receiver when a message is sent', async () => {
      const waiting = poll(longMs);
      await time.advance(3 * time.secondMs);
      const sent = time.now();
      await queue.send([message('a')]);
      await time.advance(0);
      await waiting.done;
      expectAt(waiting.at, sent);
      expect(bodies(waiting.messages)).toEqual(['a']);
    });

    it('wakes a waiting receiver when a delayed message becomes visible', async () => {
      const waiting = poll(3 * longMs);
      await time.advance(time.secondMs);
      const sent = time.now();
      await queue.send([message('a', longMs)]);
      await time.advance(longMs);
      await waiting.done;
      expectAt(waiting.at, sent + longMs);
      expect(bodies(waiting.messages)).toEqual(['a']);
    });

    it('wakes a waiting receiver when the holder of a message vanishes or hands it back', async () => {
      await queue.send([message('a'), message('b')]);
      const held = await receive();
      const start = time.now();
      expect(held).toHaveLength(2);
      const returned = poll(3 * longMs);
      await time.advance(time.secondMs);
      const handedBack = time.now();
      await queue.setVisibility(held[0]?.receipt ?? '', 0);
      await time.advance(0);
      await returned.done;
      expectAt(returned.at, handedBack);
      expect(bodies(returned.messages)).toEqual([held[0]?.body]);
      await queue.delete(returned.messages.map(({ receipt }) => receipt));
      const vanished = poll(3 * longMs);
      await time.advance(visibilityMs);
      await vanished.done;
      expectAt(vanished.at, start + visibilityMs);
      expect(vanished.messages.map(({ body }) => body)).toEqual([held[1]?.body]);
    });

    it('delivers a message to one of several waiting receivers', async () => {
      const receivers = [poll(longMs), poll(longMs), poll(longMs)];
      await time.advance(time.secondMs);
      await queue.send([message('a')]);
      await pass(longMs);
      await Promise.all(receivers.map(({ done }) => done));
      expect(receivers.flatMap(({ messages }) => bodies(messages))).toEqual(['a']);
    });

    it('stops waiting when the signal fires, and drops nothing that it took', async () => {
      const controller = new AbortController();
      const waiting = poll(10 * longMs, controller.signal);
      await time.advance(time.secondMs);
      const aborted = time.now();
      controller.abort();
      await time.advance(0);
      await waiting.done;
      expect(waiting.messages).toEqual([]);
      expectAt(waiting.at, aborted);

      await queue.send([message('a')]);
      const late = new AbortController();
      const taking = poll(longMs, late.signal);
      late.abort();
      await time.advance(0);
      await taking.done;
      if (!time.abortsCleanly) await pass(visibilityMs);
      const left = await receive();
      expect(bodies([...taking.messages, ...left])).toEqual(['a']);
      expect((await poll(longMs, controller.signal).done).messages).toEqual([]);
    });

    it('ends all waiting when the queues close', async () => {
      const waiting = poll(10 * longMs);
      await time.advance(time.secondMs);
      const closed = time.now();
      await subject.queues.close();
      await time.advance(0);
      await waiting.done;
      expect(waiting.messages).toEqual([]);
      expectAt(waiting.at, closed);
    });

    it('tells how many messages wait, are delayed and are held', async () => {
      const none = { ready: 0, delayed: 0, inFlight: 0 };
      expect(await queue.depth()).toEqual({ ...none, oldestReadyAgeMs: time.countsExactly ? 0 : undefined });
      await queue.send([message('a'), message('b'), message('c'), message('d', 600 * time.secondMs)]);
      await queue.receive({ max: 1, visibilityMs: 600 * time.secondMs, waitMs: 0 });
      await time.advance(7 * time.secondMs);
      const expected = { ready: 2, delayed: 1, inFlight: 1 };
      if (time.countsExactly) {
        expect(await queue.depth()).toEqual({ ...expected, oldestReadyAgeMs: 7 * time.secondMs });
        return;
      }
      let counted = await queue.depth();
      for (let looks = 1; looks < 60 && (counted.ready !== 2 || counted.delayed !== 1); looks += 1) {
        await time.advance(1_000);
        counted = await queue.depth();
      }
      expect(counted).toEqual({ ...expected, oldestReadyAgeMs: undefined });
    });
  });
}
