import { describe, expect, it } from '@jest/globals';
import { AlertBacklog } from '../../src/alerts/alert-backlog.ts';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { PromptAlertSink } from '../../src/alerts/prompt-alert-sink.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const alert = (number: number): Alert => ({ fingerprint: `alert ${number}`, text: `text ${number}` });

/** A topic that is down until it is told otherwise. */
function topic() {
  const taken: string[] = [];
  const state = { down: true, tries: 0 };
  const send = async ({ fingerprint }: Alert): Promise<void> => {
    state.tries += 1;
    if (state.down) throw new Error('the topic does not answer');
    taken.push(fingerprint);
  };
  return { taken, state, send };
}

describe('AlertBacklog', () => {
  it('takes alerts at once, and sends them in order when the topic is back', async () => {
    const clock = new VirtualClock();
    const { taken, state, send } = topic();
    const backlog = new AlertBacklog({ sink: { send }, clock, log: silentLog });
    for (const number of [1, 2, 2, 3]) await backlog.send(alert(number));
    await clock.advance(60_000);
    expect(taken).toEqual([]);
    expect(state.tries).toBe(13);
    state.down = false;
    await clock.advance(5_000);
    expect(taken).toEqual(['alert 1', 'alert 2', 'alert 3']);
    await backlog.send(alert(4));
    await clock.advance(0);
    expect(taken).toHaveLength(4);
    expect(backlog.length).toBe(0);
    expect(clock.nextAt()).toBeUndefined();
  });

  it('is bounded: what it cannot keep, and what is left at the end, is in the log', async () => {
    const clock = new VirtualClock();
    const { taken, state, send } = topic();
    const lines: string[] = [];
    const log = { ...silentLog, error: (_: object, text: string) => lines.push(text) };
    const backlog = new AlertBacklog({ sink: { send }, clock, log, capacity: 2 });
    for (const number of [1, 2, 3]) {
      await backlog.send(alert(number));
      await clock.advance(0);
    }
    expect(lines).toEqual(['alert not sent: text 1']);
    await backlog.stop(1_000);
    expect(lines).toEqual(['alert not sent: text 1', 'alert not sent: text 2', 'alert not sent: text 3']);
    state.down = false;
    await clock.advance(60_000);
    expect(taken).toEqual([]);
  });
});

describe('PromptAlertSink', () => {
  it('lets nobody wait for a topic that does not answer, and passes its own answers on', async () => {
    const clock = new VirtualClock();
    let answer: () => void = () => undefined;
    let frozen = true;
    const taken: string[] = [];
    const send = async ({ fingerprint }: Alert): Promise<void> => {
      if (frozen) await new Promise<void>((resolve) => (answer = resolve));
      taken.push(fingerprint);
    };
    const prompt = new PromptAlertSink({ sink: { send }, clock });
    const late = { code: 'ALERTS_UNAVAILABLE', retry: 'dependency-down', dependency: 'alerts' };
    const first = prompt.send(alert(1));
    first.catch(() => undefined);
    await clock.advance(5_000);
    await expect(first).rejects.toMatchObject(late);
    await expect(prompt.send(alert(2))).rejects.toMatchObject(late);
    frozen = false;
    answer();
    await clock.advance(0);
    await prompt.send(alert(3));
    expect(taken).toEqual(['alert 1', 'alert 3']);
    const failing = new PromptAlertSink({ sink: { send: () => Promise.reject(new Error('refused')) }, clock });
    await expect(failing.send(alert(4))).rejects.toThrow('refused');
  });
});
