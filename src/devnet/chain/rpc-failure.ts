/** A refusal that a JSON-RPC caller gets: `error: { code, message }`. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Codes of JSON-RPC 2.0 and of the Starknet specification, plus one of our own. */
export const FAILURE = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  contractNotFound: 20,
  blockNotFound: 24,
  noBlocks: 32,
  /** Outside both ranges: the recorded chain lacks the answer. */
  notRecorded: 10_001,
} as const;
