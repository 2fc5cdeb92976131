import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_RECEIVES } from '../../src/queues/queue.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { message, type QueuesUnderTest } from './queue.suite.ts';

/** The queue as a list: the simplest thing that can be said about visibility, deliveries and giving up. */
class QueueModel {
  readonly #messages: { body: string; visibleAt: number; deliveries: number; receipt: string | undefined }[] = [];
  readonly givenUp: string[] = [];

  send(body: string, visibleAt: number): void {
    this.#messages.push({ body, visibleAt, deliveries: 0, receipt: undefined });
  }

  /** Checks a delivery of the real queue against what may be delivered now. */
  received(
    now: number,
    visibilityMs: number,
    max: number,
    delivered: readonly { body: string; receipt: string; receiveCount: number }[],
  ) {
    for (const dead of this.#messages.filter((one) => one.visibleAt <= now && one.deliveries >= MAX_RECEIVES)) {
      this.#messages.splice(this.#messages.indexOf(dead), 1);
      this.givenUp.push(dead.body);
    }
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= now);
    expect(delivered).toHaveLength(Math.min(max, visible.length));
    for (const { body, receipt, receiveCount } of delivered) {
      const found = visible.find((one) => one.body === body);
      if (found === undefined) throw new Error(`${body} was not visible`);
      visible.splice(visible.indexOf(found), 1);
      found.deliveries += 1;
      expect(receiveCount).toBe(found.deliveries);
      found.receipt = receipt;
      found.visibleAt = now + visibilityMs;
    }
  }

  setVisibility(receipt: string, now: number, visibilityMs: number): boolean {
    const held = this.#messages.find((one) => one.receipt === receipt && one.visibleAt > now);
    if (held !== undefined) held.visibleAt = now + visibilityMs;
    return held !== undefined;
  }

  delete(receipt: string): void {
    const index = this.#messages.findIndex((one) => one.receipt === receipt);
    if (index >= 0) this.#messages.splice(index, 1);
  }

  get size(): number {
    return this.#messages.length;
  }
}

const millis = fc.integer({ min: 0, max: 3_000 });
/** A receipt that was handed out at some time, by its place in the order of hand-outs; old ones are tried as well. */
const receipt = fc.nat(100);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('send' as const),
    delays: fc.array(fc.oneof(fc.constant(0), millis), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('receive' as const),
    max: fc.integer({ min: 1, max: 3 }),
    visibilityMs: fc.integer({ min: 1, max: 3_000 }),
  }),
  fc.record({ kind: fc.constant('hide' as const), receipt, visibilityMs: millis }),
  fc.record({ kind: fc.constant('delete' as const), receipt }),
  fc.record({ kind: fc.constant('wait' as const), ms: millis }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Random sequences of calls behave as they do on a list. */
export function queueModelSuite(name: string, make: (clock: VirtualClock) => Promise<QueuesUnderTest>): void {
  describe(`Queue against its model: ${name}`, () => {
    it('agrees on every sequence of calls', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
          const clock = new VirtualClock();
          const subject = await make(clock);
          try {
            await compare(subject, clock, steps);
          } finally {
            await subject.dispose();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

async function compare(subject: QueuesUnderTest, clock: VirtualClock, steps: readonly Step[]): Promise<void> {
  const queue = subject.queues.queue('proving_job_processing');
  const model = new QueueModel();
  const receipts: string[] = [];
  let sent = 0;
  for (const one of steps) {
    const now = clock.now();
    const known = 'receipt' in one ? receipts[one.receipt % Math.max(1, receipts.length)] : undefined;
    if (one.kind === 'send') {
      const messages = one.delays.map((delayMs, index) => message(`m${sent + index}`, delayMs));
      sent += messages.length;
      await queue.send(messages);
      for (const { body, delayMs } of messages) model.send(body, now + delayMs);
    } else if (one.kind === 'receive') {
      const delivered = await queue.receive({ max: one.max, visibilityMs: one.visibilityMs, waitMs: 0 });
      model.received(now, one.visibilityMs, one.max, delivered);
      receipts.push(...delivered.map(({ receipt: given }) => given));
    } else if (one.kind === 'wait') {
      await clock.advance(one.ms);
    } else if (known !== undefined && one.kind === 'hide') {
      expect(await queue.setVisibility(known, one.visibilityMs)).toBe(
        model.setVisibility(known, now, one.visibilityMs),
      );
    } else if (known !== undefined && one.kind === 'delete') {
      await queue.delete([known]);
      model.delete(known);
    }
  }
  // What was delivered too often leaves the queue when it comes up, so all that is visible is taken up once more.
  const rest = await queue.receive({ max: 1_000, visibilityMs: 1, waitMs: 0 });
  model.received(clock.now(), 1, 1_000, rest);
  const { ready, delayed, inFlight } = await queue.depth();
  expect(ready + delayed + inFlight).toBe(model.size);
  const failures = await subject.queues
    .queue('job_handle_failure')
    .receive({ max: 100, visibilityMs: 1_000, waitMs: 0 });
  expect(failures.map(({ body }) => body).sort()).toEqual(model.givenUp.sort());
}
