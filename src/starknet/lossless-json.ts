/** A JSON value whose integers are exact: beyond 2^53 they come as bigints. Objects have no prototype. */
export type LosslessJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly LosslessJson[]
  | { readonly [name: string]: LosslessJson };

export interface JsonLimits {
  /** Values of every kind, nested ones included. */
  readonly maxValues: number;
  /** Arrays and objects within each other. */
  readonly maxDepth: number;
}

const DEFAULT_LIMITS: JsonLimits = { maxValues: 1_000_000, maxDepth: 64 };
/** Digits of 2^1024, far more than any felt has. Reading more takes time that grows with the square. */
const MAX_DIGITS = 320;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Reads JSON (RFC 8259) without rounding integers, within limits that keep time and memory of a hostile text small.
 *
 * @throws SyntaxError for what is not JSON, for a name that is twice in an object, and beyond a limit
 */
export function parseLosslessJson(text: string, limits: JsonLimits = DEFAULT_LIMITS): LosslessJson {
  return new Reader(text, limits).document();
}

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #values = 0;
  #depth = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): LosslessJson {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the document');
    return value;
  }

  #value(): LosslessJson {
    if (++this.#values > this.#limits.maxValues) this.#fail(`more than ${this.#limits.maxValues} values`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '[') return this.#nested(() => this.#array());
    if (first === '{') return this.#nested(() => this.#object());
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > this.#limits.maxDepth) this.#fail(`nested more than ${this.#limits.maxDepth} deep`);
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): LosslessJson[] {
    const items: LosslessJson[] = [];
    if (this.#takes(']')) return items;
    for (;;) {
      items.push(this.#value());
      if (this.#takes(']')) return items;
      this.#expect(',');
    }
  }

  #object(): { [name: string]: LosslessJson } {
    const members: { [name: string]: LosslessJson } = Object.create(null);
    if (this.#takes('}')) return members;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('a name is missing');
      const name = this.#string();
      // Two readers of a doubled name may take different ones: which is meant cannot be known.
      if (name in members) this.#fail(`the name ${JSON.stringify(name.slice(0, 80))} is there twice`);
      this.#expect(':');
      members[name] = this.#value();
      if (this.#takes('}')) return members;
      this.#expect(',');
    }
  }

  #string(): string {
    const start = this.#at;
    for (let end = start + 1; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === 0x5c) end++;
      else if (code === 0x22) {
        this.#at = end + 1;
        try {
          return String(JSON.parse(this.#text.slice(start, end + 1)));
        } catch {
          this.#at = start;
          this.#fail('a string is malformed');
        }
      }
    }
    return this.#fail('a string does not end');
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const [digits, fraction, exponent] = NUMBER.exec(this.#text) ?? this.#fail('no value');
    if (digits.length > MAX_DIGITS) this.#fail(`a number has more than ${MAX_DIGITS} digits`);
    this.#at += digits.length;
    const value = Number(digits);
    if (fraction !== undefined || exponent !== undefined || Number.isSafeInteger(value)) return value;
    return BigInt(digits);
  }

  #takes(character: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) this.#fail(`"${character}" is missing`);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at character ${this.#at}`);
  }
}
