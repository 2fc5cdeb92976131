import { Worker } from 'node:worker_threads';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

export interface ThreadPoolOptions {
  /** Module of the threads; each answers every message with exactly one. */
  readonly file: URL;
  /** Names them in errors, for example `data availability`. */
  readonly name: string;
  /** Most threads at a time. */
  readonly threads: number;
}

interface Task<Request, Response> {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  readonly resolve: (response: Response) => void;
  readonly reject: (error: OrchestratorError) => void;
}

/**
 * Threads that answer requests, each one at a time. They start as they are needed, one after the other, and stay; an idle
 * one does not keep the process alive. A thread that dies fails its request alone and is replaced for the next one.
 */
export class ThreadPool<Request, Response> {
  readonly #options: ThreadPoolOptions;
  /** What each thread computes; undefined while it is idle. */
  readonly #threads = new Map<Worker, Task<Request, Response> | undefined>();
  readonly #waiting: Task<Request, Response>[] = [];
  /** Has not answered yet. Loading can take far longer than a request: what waits is often done before another could begin. */
  #loading: Worker | undefined;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /**
   * @param transfer buffers of the request that are handed over instead of copied
   * @throws OrchestratorError PROCESS_FAILED (transient) when the thread dies or the pool is closed
   */
  run(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Response> {
    if (this.#closed) return Promise.reject(this.#ended(new Error('the threads were closed')));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, transfer, resolve, reject });
      this.#assign();
    });
  }

  /** Ends all threads; open requests fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#waiting.splice(0)) task.reject(this.#ended(new Error('the threads were closed')));
    await Promise.all([...this.#threads.keys()].map((thread) => thread.terminate()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idleThread();
      const task = thread && this.#waiting.shift();
      if (thread === undefined || task === undefined) return;
      this.#threads.set(thread, task);
      thread.ref();
      thread.postMessage(task.request, [...task.transfer]);
    }
  }

  #idleThread(): Worker | undefined {
    for (const [thread, task] of this.#threads) if (task === undefined) return thread;
    return this.#loading === undefined && this.#threads.size < this.#options.threads ? this.#start() : undefined;
  }

  #start(): Worker {
    // Node's flags are the main thread's business: some, such as --input-type, would break the thread.
    const thread = new Worker(this.#options.file, { execArgv: [] });
    this.#threads.set(thread, undefined);
    this.#loading = thread;
    thread.on('message', (response: Response) => {
      this.#hasLoaded(thread);
      const task = this.#threads.get(thread);
      this.#threads.set(thread, undefined);
      thread.unref();
      task?.resolve(response);
      this.#assign();
    });
    // An error is followed by an exit, which does not say why.
    let cause: unknown;
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('exit', (code) => {
      const task = this.#threads.get(thread);
      this.#threads.delete(thread);
      this.#hasLoaded(thread);
      task?.reject(this.#ended(cause ?? new Error(`exit code ${code}`)));
      this.#assign();
    });
    return thread;
  }

  #hasLoaded(thread: Worker): void {
    if (this.#loading === thread) this.#loading = undefined;
  }

  #ended(cause: unknown): OrchestratorError {
    return new OrchestratorError('PROCESS_FAILED', `a thread of ${this.#options.name} ended`, {
      retry: 'transient',
      cause,
    });
  }
}
