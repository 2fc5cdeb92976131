import type { Job } from '../../src/jobs/job.ts';
import { stateTransitionJobFor } from '../../src/jobs/new-jobs.ts';
import { StateTransitionHandler } from '../../src/jobs/state-transition/state-transition-handler.ts';
import type { SettledState } from '../../src/settlement/settlement.ts';
import type { Sabotage } from './cluster.ts';
import { updateCallOf } from './ethereum/core-contract-model.ts';
import { overriding } from './overriding.ts';

/*
 * Engines with one safeguard taken out, by putting other parts around the same source. The simulation is worth
 * something only while it finds each of them out.
 */

/** A commit is written whatever version and lease it was made for. */
export const withoutFencing: Sabotage = {
  database: (store) =>
    overriding(store, {
      commit: async (change) => {
        const stored = await store.get(change.job.id);
        if (stored === undefined) return { kind: 'conflict' };
        return store.commit({
          ...change,
          expected: { version: stored.version, leaseToken: stored.lease?.token ?? null },
        });
      },
    }),
};

/** What a commit owes is known to the process alone: it is sent right after, or never. */
export const withoutOutbox: Sabotage = {
  store: (store) =>
    overriding(store, {
      insert: (jobs) => store.insert(jobs.map(withoutDebts)),
      commit: (change) => store.commit({ ...change, job: withoutDebts(change.job) }),
    }),
};

/** A wake-up is sent once; nobody looks for jobs that wait in vain. */
export const withoutReconciler: Sabotage = {
  store: (store) =>
    overriding(store, {
      due: async (now, limit) => (await store.due(now, limit)).filter(({ lease }) => lease !== null),
    }),
};

/** Blocks are settled as soon as their data is there, and neither the handler nor the trial call looks at the position. */
export const withoutOrderGate: Sabotage = {
  onProgress: (job, instance, { random }) => {
    if (job.job_type !== 'DataSubmission' || job.status !== 'Completed') return;
    void instance.engine.create([stateTransitionJobFor(job, random.uuid())]).catch(() => undefined);
  },
  stateTransition: (ports, { chain }) => {
    const honest = new StateTransitionHandler(ports, { pollMs: 3_000 });
    return {
      verify: (job, work) => honest.verify(job, work),
      process: (job, work) => {
        const before = chain[job.internal_id - 1]?.header;
        const state: SettledState =
          before === undefined
            ? { blockNumber: -1, root: 0n, blockHash: 0n }
            : { blockNumber: before.number, root: before.newRoot, blockHash: before.hash };
        const settlement = overriding(ports.settlement, { state: async () => state });
        return new StateTransitionHandler({ ...ports, settlement }, { pollMs: 3_000 }).process(job, work);
      },
    };
  },
  client: (client) =>
    overriding(client, {
      call: async (request, at, signal) =>
        updateCallOf(request.data) === undefined ? client.call(request, at, signal) : '0x',
    }),
};

/** A transaction is sent before it is written down. */
export const withoutWriteAhead: Sabotage = {
  intents: (intents) =>
    overriding(intents, {
      putIfAbsent: async (intent) => {
        const known = await intents.get(intent.key);
        return known === undefined ? { created: true, intent } : { created: false, intent: known };
      },
      replace: async (intent) => (await intents.replace(intent)) || (await intents.putIfAbsent(intent)).created,
    }),
};

function withoutDebts(job: Job): Job {
  return { ...job, outbox: { ...job.outbox, entries: [] } };
}
