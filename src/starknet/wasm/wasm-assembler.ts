/*
 * As much of a WebAssembly assembler as straight-line arithmetic needs: instructions are byte sequences, functions and a
 * module are put together from them (WebAssembly core specification 1.0, binary format).
 */

export type Code = readonly number[];

const I32 = 0x7f;
const I64 = 0x7e;

export const i32Const = (value: number): Code => [0x41, ...signed(BigInt(value))];
export const i64Const = (value: number): Code => [0x42, ...signed(BigInt(value))];
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x7c];
export const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x7d];
export const multiply = (a: Code, b: Code): Code => [...a, ...b, 0x7e];
export const and = (a: Code, b: Code): Code => [...a, ...b, 0x83];
export const or = (a: Code, b: Code): Code => [...a, ...b, 0x84];
export const shiftLeft = (a: Code, bits: number): Code => [...a, ...i64Const(bits), 0x86];
/** Arithmetic: the sign stays. */
export const shiftRight = (a: Code, bits: number): Code => [...a, ...i64Const(bits), 0x87];
export const shiftRightUnsigned = (a: Code, bits: number): Code => [...a, ...i64Const(bits), 0x88];
export const i32Add = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
/** 64 bits at `address + offset`. */
export const load = (address: Code, offset: number): Code => [...address, 0x29, 3, ...unsigned(offset)];
export const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  0x37,
  3,
  ...unsigned(offset),
];
export const call = (index: number, ...args: readonly Code[]): Code => [...args.flat(), 0x10, ...unsigned(index)];

/** Runs the body as often as the 32-bit local says, at least once; the local ends at 0. */
export const repeat = (counter: number, body: Code): Code => [
  ...[0x03, 0x40],
  ...body,
  ...i32Add(get(counter), i32Const(-1)),
  ...[0x22, ...unsigned(counter)],
  ...[0x0d, 0x00, 0x0b],
];

export interface WasmFunction {
  /** 32-bit parameters, the locals from 0 on. */
  readonly params: number;
  /** 64-bit locals, after the parameters. */
  readonly locals: number;
  readonly body: Code;
}

/** A module of functions without results, all exported as `f0`, `f1`..., and a memory exported as `memory`. */
export function assemble(functions: readonly WasmFunction[], memoryPages: number): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ params }) => [0x60, ...vector(Array.from({ length: params }, () => [I32])), 0x00]);
  const names = functions.map((_, index) => [...name(`f${index}`), 0x00, ...unsigned(index)]);
  const bodies = functions.map(({ locals, body }) => sized([...vector([[...unsigned(locals), I64]]), ...body, 0x0b]));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(5, vector([[0x00, ...unsigned(memoryPages)]])),
    ...section(7, vector([[...name('memory'), 0x02, 0x00], ...names])),
    ...section(10, vector(bodies)),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

function sized(content: Code): Code {
  return [...unsigned(content.length), ...content];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): Code {
  return sized([...Buffer.from(text, 'ascii')]);
}

/** LEB128. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** Signed LEB128. */
function signed(value: bigint): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest < -0x40n || rest >= 0x40n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest & 0x7fn)];
}
