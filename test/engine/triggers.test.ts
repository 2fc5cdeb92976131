import { describe, expect, it } from '@jest/globals';
import type { Planner } from '../../src/jobs/planner.ts';
import { Triggers } from '../../src/jobs/triggers.ts';
import { silentLog } from '../../src/telemetry/log.ts';

function triggersOf(planBlocks: () => Promise<number>) {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  return { triggers: new Triggers({ planBlocks } as Partial<Planner> as Planner, log), warnings };
}

describe('planning passes that fail', () => {
  it('are told while the program runs', async () => {
    const { triggers, warnings } = triggersOf(() => Promise.reject(new Error('no node')));
    await triggers.trigger('Snos');
    expect(warnings).toEqual(['planning pass failed, the next one tries again']);
  });

  it('are followed by the one that was asked for while they ran', async () => {
    const node = Promise.withResolvers<number>();
    const passes: Promise<number>[] = [node.promise, Promise.resolve(1)];
    let runs = 0;
    const { triggers, warnings } = triggersOf(() => {
      runs += 1;
      return passes[runs - 1] ?? Promise.resolve(0);
    });
    const first = triggers.trigger('Snos');
    const second = triggers.trigger('Snos').then(() => runs);
    node.reject(new Error('no answer'));
    await first;
    expect(await second).toBe(2);
    expect(warnings).toEqual(['planning pass failed, the next one tries again']);
    // Nobody asked during the second one.
    await triggers.trigger('Snos');
    expect(runs).toBe(3);
  });

  it('are no failure when the end of the program cut them off', async () => {
    const node = Promise.withResolvers<number>();
    const { triggers, warnings } = triggersOf(() => node.promise);
    const pass = triggers.trigger('Snos');
    const stopped = triggers.stop();
    node.reject(new Error('aborted'));
    await Promise.all([pass, stopped]);
    expect(warnings).toEqual([]);
  });
});
