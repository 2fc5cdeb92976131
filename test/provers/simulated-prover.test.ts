import { describe, expect, it } from '@jest/globals';
import type { FactRegistrar } from '../../src/provers/fact-registry.ts';
import { SimulatedProver } from '../../src/provers/simulated/simulated-prover.ts';
import { VirtualClock } from '../virtual-clock.ts';

const { signal } = new AbortController();
const factOf = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;
const task = (n: number, attempt = 0) => ({ dedupId: factOf(n), piePath: '1/pie.zip', nSteps: null, attempt, signal });

class Registry implements FactRegistrar {
  readonly sent: string[] = [];
  readonly valid = new Set<string>();
  isValid = async (fact: string) => this.valid.has(fact);
  register = async (fact: string) => {
    this.sent.push(fact);
  };
}

describe('the simulated prover', () => {
  it('works for its time, then registers the fact, and succeeds once the registry has it', async () => {
    const clock = new VirtualClock();
    const registrar = new Registry();
    const prover = (): SimulatedProver => new SimulatedProver({ registrar, clock, latencyMs: 1_000, failureRate: 0 });
    const externalId = await prover().submit(task(7));
    const query = { externalId, fact: factOf(7), signal };
    await clock.advance(999);
    expect(await prover().status(query)).toMatchObject({ kind: 'processing' });
    expect(registrar.sent).toEqual([]);
    await clock.advance(1);
    // Another instance, which has never heard of the task.
    expect(await prover().status(query)).toMatchObject({ kind: 'processing' });
    expect(registrar.sent).toEqual([factOf(7)]);
    registrar.valid.add(factOf(7));
    expect(await prover().status(query)).toEqual({ kind: 'succeeded' });
    expect(registrar.sent).toHaveLength(1);
  });

  it('needs no registry when its word is enough', async () => {
    const prover = new SimulatedProver({ registrar: null, clock: new VirtualClock(), latencyMs: 0, failureRate: 0 });
    const externalId = await prover.submit(task(1));
    expect(await prover.status({ externalId, fact: null, signal })).toEqual({ kind: 'succeeded' });
    expect(await prover.status({ externalId, fact: factOf(1), signal })).toMatchObject({ kind: 'failed' });
  });

  it('fails the asked share of submissions, the same ones every time, and not every attempt of a fact', async () => {
    const prover = new SimulatedProver({ registrar: null, clock: new VirtualClock(), latencyMs: 0, failureRate: 0.3 });
    const outcome = async (n: number, attempt: number): Promise<string> =>
      (await prover.status({ externalId: await prover.submit(task(n, attempt)), fact: null, signal })).kind;
    const once = await Promise.all(Array.from({ length: 400 }, (_, n) => outcome(n, 0)));
    const again = await Promise.all(Array.from({ length: 400 }, (_, n) => outcome(n, 0)));
    expect(again).toEqual(once);
    const failed = once.filter((kind) => kind === 'failed').length;
    expect(failed).toBeGreaterThan(80);
    expect(failed).toBeLessThan(160);
    const unlucky = once.indexOf('failed');
    const attempts = await Promise.all(Array.from({ length: 30 }, (_, attempt) => outcome(unlucky, attempt)));
    expect(attempts).toContain('succeeded');
  });

  it('does not vouch for another fact than the one it proved', async () => {
    const prover = new SimulatedProver({
      registrar: new Registry(),
      clock: new VirtualClock(),
      latencyMs: 0,
      failureRate: 0,
    });
    const externalId = await prover.submit(task(1));
    expect(await prover.status({ externalId, fact: factOf(2), signal })).toMatchObject({ kind: 'failed' });
  });

  it('refuses what it did not hand out, and settings that make no sense', async () => {
    const prover = new SimulatedProver({ registrar: null, clock: new VirtualClock(), latencyMs: 0, failureRate: 0 });
    await expect(prover.status({ externalId: 'atlantic:1', fact: null, signal })).rejects.toMatchObject({
      code: 'PROVER_FAILED',
    });
    await expect(prover.submit({ ...task(1), dedupId: '0x12' })).rejects.toMatchObject({ code: 'PROVER_FAILED' });
    for (const failureRate of [-0.1, 1.1, Number.NaN]) {
      expect(
        () => new SimulatedProver({ registrar: null, clock: new VirtualClock(), latencyMs: 0, failureRate }),
      ).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    }
  });
});
