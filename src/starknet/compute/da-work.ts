import type { ErrorCode } from '../../errors/error-code.ts';
import { type ErrorContext, OrchestratorError, type RetryClass } from '../../errors/orchestrator-error.ts';
import { wordsToBlob } from '../blob.ts';
import { evaluateWords } from '../challenge.ts';
import type { EncodedWords } from '../da-computer.ts';
import { encodeStateDiff } from '../encode-state-diff.ts';
import type { EncodingInputs } from '../encoding-inputs.ts';
import { packWords } from '../felt.ts';
import { type PackedWords, unpackWords } from '../packed-words.ts';
import type { StateUpdate } from '../state-update.ts';
import { poseidonHashManyFast } from '../wasm/poseidon-wasm.ts';

/** What a thread is asked to compute. */
export type DaRequest =
  | { readonly operation: 'encode'; readonly update: StateUpdate; readonly inputs: EncodingInputs }
  /** One blob of up to 4096 words. */
  | { readonly operation: 'blob'; readonly words: PackedWords }
  | { readonly operation: 'hash'; readonly words: PackedWords }
  | { readonly operation: 'evaluate'; readonly words: PackedWords; readonly z: bigint };

/** What it answers, by operation. */
export interface DaResults {
  readonly encode: EncodedWords;
  readonly blob: Uint8Array;
  readonly hash: bigint;
  readonly evaluate: bigint[];
}

/** An error of the library as it travels between threads. */
export interface DaRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: RetryClass;
  readonly context: ErrorContext;
  readonly hint: string | undefined;
}

export type DaResponse = { readonly result: DaResults[DaRequest['operation']] } | { readonly refused: DaRefusal };

export function compute(request: DaRequest): DaResults[DaRequest['operation']] {
  switch (request.operation) {
    case 'encode': {
      const { encoding, words } = encodeStateDiff(request.update, request.inputs);
      return { encoding, words: packWords(words) };
    }
    case 'blob':
      return wordsToBlob(unpackWords(request.words));
    case 'hash':
      return poseidonHashManyFast(unpackWords(request.words));
    case 'evaluate':
      return evaluateWords(unpackWords(request.words), request.z);
  }
}

/** Byte strings of a result that are handed over instead of copied. */
export function transferred(result: DaResults[DaRequest['operation']]): ArrayBuffer[] {
  const bytes = typeof result === 'object' && 'words' in result ? result.words : result;
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
}

/** @throws the error itself when it is none of ours: a thread that meets it ends */
export function refusalOf(error: unknown): DaRefusal {
  if (!(error instanceof OrchestratorError)) throw error;
  const { code, message, retry, context, hint } = error;
  return { code, message, retry, context, hint };
}

export function errorOf({ code, message, retry, context, hint }: DaRefusal): OrchestratorError {
  return new OrchestratorError(code, message, { retry, context, ...(hint !== undefined && { hint }) });
}
