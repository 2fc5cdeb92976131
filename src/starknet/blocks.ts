/** Blocks asked for at once; an answer may be megabytes. */
const AT_ONCE = 8;

/** Blocks by number, both ends included. */
export interface Blocks {
  readonly first: number;
  readonly last: number;
}

/** Asks for every block, a bounded number at a time; answers in block order. */
export async function ofEachBlock<Answer>(
  { first, last }: Blocks,
  ask: (block: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = first; start <= last; start += AT_ONCE) {
    const count = Math.min(AT_ONCE, last - start + 1);
    answers.push(...(await Promise.all(Array.from({ length: count }, (_, index) => ask(start + index)))));
  }
  return answers;
}

/** `block 7` or `blocks 7 to 9`. */
export function blocksText({ first, last }: Blocks): string {
  return first === last ? `block ${first}` : `blocks ${first} to ${last}`;
}
