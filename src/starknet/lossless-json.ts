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
  /** Values of every kind, nested ones included; by default a million. */
  readonly maxValues?: number;
  /** Arrays and objects within each other; by default 64. */
  readonly maxDepth?: number;
  /**
   * Members of the document that are wanted; by default all. What others hold must be JSON too, but nothing of it is
   * kept, so that it counts as one value whatever its size.
   */
  readonly members?: readonly string[];
}

/** The text may be JSON, but has more in it than is read. */
export class JsonLimitError extends SyntaxError {
  override readonly name = 'JsonLimitError';
}

/** Digits of 2^1024, far more than any felt has. Reading more takes time that grows with the square. */
const MAX_DIGITS = 320;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const LITERALS = [
  ['t', 'true', true],
  ['f', 'false', false],
  ['n', 'null', null],
] as const;

/**
 * Reads JSON (RFC 8259) without rounding integers, within limits that keep time and memory of a hostile text small.
 *
 * @throws SyntaxError for what is not JSON, and for a name that is twice in an object; JsonLimitError beyond a limit
 */
export function parseLosslessJson(text: string, limits: JsonLimits = {}): LosslessJson {
  return new Reader(text, limits).document();
}

class Reader {
  readonly #text: string;
  readonly #maxValues: number;
  readonly #maxDepth: number;
  readonly #members: ReadonlySet<string> | undefined;
  #at = 0;
  #values = 0;
  #depth = 0;
  /** Inside a member that is not wanted: checks, and keeps nothing. */
  #skipping = false;

  constructor(text: string, { maxValues = 1_000_000, maxDepth = 64, members }: JsonLimits) {
    this.#text = text;
    this.#maxValues = maxValues;
    this.#maxDepth = maxDepth;
    this.#members = members && new Set(members);
  }

  document(): LosslessJson {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something follows the document');
    return value;
  }

  #value(): LosslessJson {
    if (!this.#skipping && ++this.#values > this.#maxValues) this.#exceed(`more than ${this.#maxValues} values`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '[') return this.#nested(() => this.#array());
    if (first === '{') return this.#nested(() => this.#object());
    for (const [initial, word, value] of LITERALS) {
      if (first === initial && this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > this.#maxDepth) this.#exceed(`nested more than ${this.#maxDepth} deep`);
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): LosslessJson[] {
    const items: LosslessJson[] = [];
    if (this.#takes(']')) return items;
    for (;;) {
      const item = this.#value();
      if (!this.#skipping) items.push(item);
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
      if (this.#skipping) this.#value();
      else members[name] = this.#isWanted(name) ? this.#value() : this.#skipped();
      if (this.#takes('}')) return members;
      this.#expect(',');
    }
  }

  #isWanted(name: string): boolean {
    return this.#depth > 1 || this.#members === undefined || this.#members.has(name);
  }

  /** Reads past a value; its name stays, for it must not come twice. */
  #skipped(): null {
    if (++this.#values > this.#maxValues) this.#exceed(`more than ${this.#maxValues} values`);
    this.#skipping = true;
    this.#value();
    this.#skipping = false;
    return null;
  }

  #string(): string {
    const start = this.#at;
    let plain = true;
    for (let end = start + 1; end < this.#text.length; end++) {
      const code = this.#text.charCodeAt(end);
      if (code < 0x20 || code === 0x5c) plain = false;
      if (code === 0x5c) end++;
      else if (code === 0x22) {
        this.#at = end + 1;
        if (plain && this.#skipping) return '';
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
    if (this.#skipping) {
      if (!NUMBER.test(this.#text)) this.#fail('no value');
      this.#at = NUMBER.lastIndex;
      return 0;
    }
    const [digits, fraction, exponent] = NUMBER.exec(this.#text) ?? this.#fail('no value');
    if (digits.length > MAX_DIGITS) this.#exceed(`a number has more than ${MAX_DIGITS} digits`);
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

  #exceed(limit: string): never {
    throw new JsonLimitError(`${limit} at character ${this.#at}`);
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at character ${this.#at}`);
  }
}
