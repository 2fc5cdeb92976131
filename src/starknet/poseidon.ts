import { createHash } from 'node:crypto';
import { FELT_PRIME as P } from './felt.ts';

/*
 * Starknet's Poseidon: the Hades permutation of width 3, 8 full and 83 partial rounds, cube as S-box and the matrix
 * [[3, 1, 1], [1, -1, 1], [1, 1, -2]]. Our own because the words of one blob take the hash library 0.9 s on one core,
 * during which no lease could be renewed; the matrix needs additions only, and reducing rarely takes a quarter of that
 * time. Tests compare it with the library.
 */

const FULL_ROUNDS = 8;
const PARTIAL_ROUNDS = 83;
const ROUNDS = FULL_ROUNDS + PARTIAL_ROUNDS;

/** Constant i is SHA-256 of the ASCII text `Hades<i>`, as an integer modulo the field prime. */
export const ROUND_CONSTANTS: readonly bigint[] = Array.from(
  { length: 3 * ROUNDS },
  (_, index) => BigInt(`0x${createHash('sha256').update(`Hades${index}`).digest('hex')}`) % P,
);

/** Hash of two felts. */
export function poseidonHash(x: bigint, y: bigint): bigint {
  return permute(x, y, 2n)[0];
}

/** Hash of a list of felts of any length: padded with 1 and, to an even length, 0. */
export function poseidonHashMany(values: readonly bigint[]): bigint {
  let state: State = [0n, 0n, 0n];
  for (let i = 0; i <= values.length; i += 2) {
    const first = values[i];
    const second = values[i + 1];
    state =
      first === undefined
        ? permute(state[0] + 1n, state[1], state[2])
        : permute(state[0] + first, state[1] + (second ?? 1n), state[2]);
  }
  return state[0];
}

type State = readonly [bigint, bigint, bigint];

function permute(x: bigint, y: bigint, z: bigint): State {
  let a = x;
  let b = y;
  let c = z;
  for (let round = 0, k = 0; round < ROUNDS; round++, k += 3) {
    a += ROUND_CONSTANTS[k] as bigint;
    b += ROUND_CONSTANTS[k + 1] as bigint;
    c = cube(c + (ROUND_CONSTANTS[k + 2] as bigint));
    if (round < FULL_ROUNDS / 2 || round >= ROUNDS - FULL_ROUNDS / 2) {
      a = cube(a);
      b = cube(b);
    } else if (round % 4 === 0) {
      // A round adds up to three bits to the lanes without S-box: reducing now and then costs less than always or never.
      a %= P;
      b %= P;
    }
    const sum = a + b + c;
    a = sum + a + a;
    b = sum - b - b;
    c = sum - c - c - c;
  }
  return [modulo(a), modulo(b), modulo(c)];
}

function cube(value: bigint): bigint {
  return (((value * value) % P) * value) % P;
}

function modulo(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}
