const NAME_WIDTH = 26;

/** `1 word`, `2 words`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** One line of a report: a name, padded, and a value. */
export function field(name: string, value: string | number | boolean): string {
  return `${name.padEnd(NAME_WIDTH)}${value}`;
}
