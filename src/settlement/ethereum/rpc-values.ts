import type { Hex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Readers of the values of Ethereum's JSON-RPC; all fail with SETTLEMENT_ANSWER_INVALID naming the method and the field. */
export interface AnswerField {
  readonly method: string;
  readonly name: string;
}

export function quantity(value: unknown, field: AnswerField): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw invalidAnswer(field, 'is not a hex number');
  return BigInt(value);
}

export function integer(value: unknown, field: AnswerField): number {
  const number = Number(quantity(value, field));
  if (!Number.isSafeInteger(number)) throw invalidAnswer(field, 'is too large');
  return number;
}

/** Hex bytes in lower case, of exactly `length` bytes when given. */
export function hexBytes(value: unknown, field: AnswerField, length?: number): Hex {
  if (typeof value !== 'string' || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value))
    throw invalidAnswer(field, 'is not hex bytes');
  if (length !== undefined && value.length !== 2 + 2 * length)
    throw invalidAnswer(field, `does not have ${length} bytes`);
  return value.toLowerCase() as Hex;
}

export function record(value: unknown, field: AnswerField): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidAnswer(field, 'is not an object');
  return value as Readonly<Record<string, unknown>>;
}

export function list(value: unknown, field: AnswerField): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidAnswer(field, 'is not a list');
  return value;
}

/** An answer that makes no sense is no answer: another node behind the same URL, or the same one later, may do better. */
export function invalidAnswer({ method, name }: AnswerField, problem: string): OrchestratorError {
  return new OrchestratorError(
    'SETTLEMENT_ANSWER_INVALID',
    `${method}: ${name} in the Ethereum node's answer ${problem}`,
    {
      retry: 'dependency-down',
      dependency: 'ethereum-node',
      context: { method, field: name },
    },
  );
}
