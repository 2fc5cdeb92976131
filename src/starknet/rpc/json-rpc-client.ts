import type { Clock, Entropy } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Log } from '../../telemetry/log.ts';
import { BatchLimit } from './batch-limit.ts';
import { nodeAnswerInvalid, nodeError } from './node-errors.ts';
import { postJson } from './post-json.ts';
import { retrying } from './retrying.ts';
import { parseRpcEndpoint, type RpcEndpoint } from './rpc-endpoint.ts';

export interface JsonRpcClientOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Of one exchange. Default 30 s: state updates of full blocks are megabytes. */
  readonly timeoutMs?: number;
  /** Default 3. */
  readonly attempts?: number;
  /** Default 200 ms. */
  readonly baseDelayMs?: number;
  /** Default 5 s. */
  readonly maxDelayMs?: number;
  /** Calls in one batch; default 100, which hosted nodes still take. */
  readonly chunkSize?: number;
  /** Exchanges under way at once within one {@link JsonRpcClient.callEach}; default 4. */
  readonly concurrency?: number;
  /** Ends everything under way when it fires. */
  readonly signal?: AbortSignal;
}

/** Parameters by name: some nodes of specification 0.10 refuse positional ones. */
export type RpcParams = Readonly<Record<string, unknown>>;

/** What one call of a batch came to; errors that repeating cannot cure are data. */
export type CallOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: OrchestratorError };

interface Request {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly method: string;
  readonly params: RpcParams;
}

/** Statuses with which nodes and proxies turn down an array where they would take an object. */
const BATCH_REFUSING_STATUSES = new Set([400, 404, 405, 413, 415, 422, 501]);
const TOO_LARGE = 413;

/** What a batch came to; `refused` and `too-large` say that its calls were not answered, but may be in another form. */
type BatchOutcome = readonly CallOutcome[] | 'refused' | 'too-large';

/** JSON-RPC 2.0 over HTTP, with time-outs, bounded retries and batches. */
export class JsonRpcClient {
  readonly host: string;
  readonly #endpoint: RpcEndpoint;
  readonly #options: Required<Omit<JsonRpcClientOptions, 'signal' | 'url'>> & {
    readonly signal: AbortSignal | undefined;
  };
  readonly #limit: BatchLimit;
  #nextId = 1;

  constructor(options: JsonRpcClientOptions) {
    this.#endpoint = parseRpcEndpoint(options.url, 'Starknet');
    this.host = this.#endpoint.host;
    this.#options = {
      clock: options.clock,
      entropy: options.entropy,
      log: options.log,
      timeoutMs: options.timeoutMs ?? 30_000,
      attempts: options.attempts ?? 3,
      baseDelayMs: options.baseDelayMs ?? 200,
      maxDelayMs: options.maxDelayMs ?? 5_000,
      chunkSize: options.chunkSize ?? 100,
      concurrency: options.concurrency ?? 4,
      signal: options.signal,
    };
    this.#limit = new BatchLimit(options.clock, this.#options.chunkSize);
  }

  /** Result of one call. Refusals of the node are NODE_ERROR; see `rpcCodeOf`. */
  async call(method: string, params: RpcParams = {}): Promise<unknown> {
    return retrying(this.#options, () => this.#single(method, params));
  }

  /** Outcomes of many calls of one method, in the order of their parameters. */
  async callEach(method: string, params: readonly RpcParams[]): Promise<CallOutcome[]> {
    const outcomes = new Array<CallOutcome>(params.length);
    const chunks: number[][] = [];
    for (let start = 0; start < params.length; start += this.#options.chunkSize) {
      chunks.push(range(start, Math.min(params.length, start + this.#options.chunkSize)));
    }
    await eachConcurrently(chunks, this.#options.concurrency, (chunk) => this.#chunk(method, params, chunk, outcomes));
    return outcomes;
  }

  /** Fills the outcomes of `indexes`; a retry asks again only for what is not answered yet. */
  async #chunk(
    method: string,
    params: readonly RpcParams[],
    indexes: readonly number[],
    outcomes: CallOutcome[],
  ): Promise<void> {
    let open = indexes;
    await retrying(this.#options, async (attempt) => {
      const answers = await this.#exchange(
        method,
        open.map((index) => params[index] ?? {}),
        attempt === this.#options.attempts,
      );
      let retriable: OrchestratorError | undefined;
      open = open.filter((index, position) => {
        const answer = answers[position];
        if (answer === undefined) return true;
        if (!answer.ok && answer.error.retry !== 'permanent') {
          retriable = answer.error;
          return true;
        }
        outcomes[index] = answer;
        return false;
      });
      if (retriable !== undefined) throw retriable;
    });
  }

  /** With `lastTry`, an error of a moment for the whole batch counts as a refusal: nodes refuse with such codes too. */
  async #exchange(method: string, params: readonly RpcParams[], lastTry: boolean): Promise<readonly CallOutcome[]> {
    const { calls } = this.#limit;
    if (params.length === 1 || calls === 1) return this.#oneByOne(method, params);
    if (params.length > calls) return this.#inParts(method, params, calls, lastTry);
    const answers = await this.#batch(method, params, lastTry);
    if (answers === 'too-large') return this.#halved(method, params, lastTry);
    if (answers !== 'refused') return answers;

    const singly = await this.#oneByOne(method, params);
    // A node that answers single calls no better is in trouble, which says nothing about batches.
    if (singly.some(isAnswer) && this.#limit.lower(1)) {
      const { host } = this;
      this.#options.log.info({ host }, 'the Starknet node takes no JSON-RPC batches for now; asking one by one');
    }
    return singly;
  }

  #halved(method: string, params: readonly RpcParams[], lastTry: boolean): Promise<readonly CallOutcome[]> {
    const calls = Math.ceil(params.length / 2);
    if (this.#limit.lower(calls)) {
      const { host } = this;
      this.#options.log.info(
        { host, calls },
        'a JSON-RPC batch is too large for the Starknet node; sending smaller ones',
      );
    }
    return this.#inParts(method, params, Math.min(calls, this.#limit.calls), lastTry);
  }

  async #inParts(
    method: string,
    params: readonly RpcParams[],
    calls: number,
    lastTry: boolean,
  ): Promise<readonly CallOutcome[]> {
    const outcomes: CallOutcome[] = [];
    for (let start = 0; start < params.length; start += calls)
      outcomes.push(...(await this.#exchange(method, params.slice(start, start + calls), lastTry)));
    return outcomes;
  }

  async #oneByOne(method: string, params: readonly RpcParams[]): Promise<CallOutcome[]> {
    const outcomes = new Array<CallOutcome>(params.length);
    await eachConcurrently(range(0, params.length), this.#options.concurrency, async (index) => {
      outcomes[index] = await outcomeOf(this.#single(method, params[index] ?? {}));
    });
    return outcomes;
  }

  async #single(method: string, params: RpcParams): Promise<unknown> {
    const request = this.#request(method, params);
    const answer = await this.#post(request);
    const { id } = envelope(this.host, method, answer);
    // A node that could not read the request answers with id null, and says why in its error.
    if (id !== request.id && !(id === null && hasError(answer))) {
      throw nodeAnswerInvalid(this.host, method, 'id', `it is ${JSON.stringify(id)} instead of ${request.id}`);
    }
    return resultOf(this.host, method, answer);
  }

  async #batch(method: string, params: readonly RpcParams[], lastTry: boolean): Promise<BatchOutcome> {
    const requests = params.map((each) => this.#request(method, each));
    let answer: unknown;
    try {
      answer = await this.#post(requests);
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined || !BATCH_REFUSING_STATUSES.has(status)) throw error;
      return status === TOO_LARGE ? 'too-large' : 'refused';
    }
    if (!Array.isArray(answer)) {
      const outcome = await outcomeOf((async () => resultOf(this.host, method, answer))());
      const passing = !outcome.ok && outcome.error.retry !== 'permanent';
      if (passing && (!lastTry || outcome.error.retry === 'rate-limited')) throw outcome.error;
      return 'refused';
    }

    const byId = new Map<unknown, unknown>();
    for (const each of answer) byId.set(envelope(this.host, method, each).id, each);
    return Promise.all(
      requests.map((request) => {
        if (!byId.has(request.id))
          throw nodeAnswerInvalid(this.host, method, 'id', `no answer in the batch has the id ${request.id}`);
        return outcomeOf((async () => resultOf(this.host, method, byId.get(request.id)))());
      }),
    );
  }

  #request(method: string, params: RpcParams): Request {
    return { jsonrpc: '2.0', id: this.#nextId++, method, params };
  }

  #post(body: Request | readonly Request[]): Promise<unknown> {
    const { timeoutMs, clock, signal } = this.#options;
    return postJson(this.#endpoint, body, { timeoutMs, now: () => clock.now(), signal });
  }
}

/** HTTP status of an answer that was none. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof OrchestratorError) || error.code !== 'NODE_UNREACHABLE') return undefined;
  const { status } = error.context;
  return typeof status === 'number' ? status : undefined;
}

function isAnswer(outcome: CallOutcome): boolean {
  return outcome.ok || outcome.error.retry === 'permanent';
}

function envelope(host: string, method: string, answer: unknown): { readonly id: unknown } {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw nodeAnswerInvalid(host, method, 'the body', 'it is not a JSON-RPC answer');
  }
  return { id: 'id' in answer ? answer.id : undefined };
}

function hasError(answer: unknown): answer is { error: unknown } {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'error' in answer &&
    answer.error !== null &&
    answer.error !== undefined
  );
}

/** The `result` member; an `error` member is thrown. */
function resultOf(host: string, method: string, answer: unknown): unknown {
  envelope(host, method, answer);
  if (hasError(answer)) {
    const { error } = answer;
    if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'number') {
      throw nodeAnswerInvalid(host, method, 'error.code', 'it is not a number');
    }
    const message = 'message' in error && typeof error.message === 'string' ? error.message : 'no message';
    throw nodeError(host, method, error.code, message, 'data' in error ? error.data : undefined);
  }
  if (typeof answer !== 'object' || answer === null || !('result' in answer)) {
    throw nodeAnswerInvalid(host, method, 'result', 'there is neither a result nor an error');
  }
  return answer.result;
}

async function outcomeOf(call: Promise<unknown>): Promise<CallOutcome> {
  try {
    return { ok: true, result: await call };
  } catch (error) {
    if (error instanceof OrchestratorError) return { ok: false, error };
    throw error;
  }
}

/** Runs `action` on all items, at most `width` at once; the first failure ends it and no further item is started. */
async function eachConcurrently<T>(
  items: readonly T[],
  width: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const item = items[next++] as T;
      try {
        await action(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}
