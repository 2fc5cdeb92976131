import { Worker } from 'node:worker_threads';
import { keepForever } from '../../clock/keep-forever.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { KzgRequest, KzgResponse } from './kzg-worker.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface PendingCall {
  readonly resolve: (result: Uint8Array[] | boolean) => void;
  readonly reject: (error: OrchestratorError) => void;
}

/**
 * Calls to the KZG worker thread. It starts with the first call, keeps the process alive only while calls are open, and
 * is replaced at the next call when it died.
 */
export class KzgThread {
  #worker: Worker | undefined;
  #nextId = 0;
  readonly #pending = new Map<number, PendingCall>();

  call(request: WithoutId<KzgRequest>): Promise<Uint8Array[] | boolean> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...request, id });
    });
  }

  #start(): Worker {
    // Run from the sources the neighbour is TypeScript, run from the build it is JavaScript.
    const file = import.meta.url.endsWith('.ts') ? './kzg-worker.ts' : './kzg-worker.js';
    // Node's flags are the main thread's business: some, such as --input-type, would break the worker.
    const worker = new Worker(new URL(file, import.meta.url), { execArgv: [] });
    // A worker that nobody refers to is collected and thereby terminated, and the native library can take the process down
    // when its thread ends under it.
    keepForever(worker);
    worker.on('message', (response: KzgResponse) => {
      const call = this.#pending.get(response.id);
      this.#pending.delete(response.id);
      if (this.#pending.size === 0) worker.unref();
      if ('result' in response) call?.resolve(response.result);
      else
        call?.reject(
          new OrchestratorError('BLOB_INVALID', `the KZG library refused: ${response.refused.slice(0, 200)}`),
        );
    });
    worker.on('error', (cause) => this.#fail(worker, cause));
    worker.on('exit', (code) => this.#fail(worker, new Error(`exit code ${code}`)));
    return worker;
  }

  #fail(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of calls)
      call.reject(new OrchestratorError('PROCESS_FAILED', 'the KZG thread ended', { retry: 'transient', cause }));
  }
}
