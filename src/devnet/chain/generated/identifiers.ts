import { type Cipheriv, createCipheriv, createDecipheriv, createHash, type Decipheriv } from 'node:crypto';

const KINDS = ['block', 'root', 'contract', 'class', 'slot', 'balance'] as const;
export type IdentifierKind = (typeof KINDS)[number];

/** What an identifier of the generated chain stands for: the `index`-th thing of its kind, within a block where it matters. */
export interface Identified {
  readonly kind: IdentifierKind;
  readonly block: number;
  readonly index: number;
}

const CIPHER = 'aes-128-ecb';

/**
 * Random-looking 248-bit numbers from which the chain can tell what they stand for. That is what lets it answer for
 * any address, key or hash without having kept it. Layout: 16 bytes, the encrypted `kind, block, index, zeros`,
 * then 15 bytes of their hash, so that a number of other origin is not taken for one of ours.
 */
export class Identifiers {
  readonly #key: Buffer;
  // Without padding and chaining, each update of 16 bytes is an encryption of its own, so that one cipher serves for all.
  readonly #cipher: Cipheriv;
  readonly #decipher: Decipheriv;

  constructor(seed: string) {
    this.#key = createHash('sha256').update(`identifiers of ${seed}`).digest().subarray(0, 16);
    this.#cipher = createCipheriv(CIPHER, this.#key, null).setAutoPadding(false);
    this.#decipher = createDecipheriv(CIPHER, this.#key, null).setAutoPadding(false);
  }

  encode(kind: IdentifierKind, block: number, index: number): bigint {
    const plain = Buffer.alloc(16);
    plain.writeUInt8(KINDS.indexOf(kind) + 1, 0);
    plain.writeUIntBE(block, 1, 6);
    plain.writeUInt32BE(index, 7);
    const head = this.#cipher.update(plain);
    return BigInt(`0x${head.toString('hex')}${this.#tail(head)}`);
  }

  /** Undefined for a number that {@link encode} did not make. */
  decode(identifier: bigint): Identified | undefined {
    const hex = identifier.toString(16).padStart(62, '0');
    if (hex.length !== 62) return undefined;
    const head = Buffer.from(hex.slice(0, 32), 'hex');
    if (this.#tail(head) !== hex.slice(32)) return undefined;
    const plain = this.#decipher.update(head);
    const kind = KINDS[plain.readUInt8(0) - 1];
    return kind === undefined ? undefined : { kind, block: plain.readUIntBE(1, 6), index: plain.readUInt32BE(7) };
  }

  #tail(head: Buffer): string {
    return createHash('sha256').update(this.#key).update(head).digest('hex').slice(0, 30);
  }
}
