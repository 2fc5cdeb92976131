import { z } from 'zod';

/** How the text of a setting becomes a value, and what to tell somebody whose text does not. */
export interface Kind<T> {
  /** Short word for help texts, for example `URL`. */
  readonly label: string;
  /** Completes "it must be ...". */
  readonly allowed: string;
  readonly schema: z.ZodType<T, string>;
}

/** The only kind whose flag needs no value. */
export const flag: Kind<boolean> = {
  label: 'switch',
  allowed: 'true or false',
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0']))
    .transform((text) => text === 'true' || text === '1'),
};

export const text: Kind<string> = { label: 'text', allowed: 'some text', schema: z.string().min(1) };

export const path: Kind<string> = { label: 'path', allowed: 'a path', schema: z.string().min(1) };

/** No text will do. */
export function nothing(reason: string): Kind<never> {
  return { label: 'nothing', allowed: `left out, because ${reason}`, schema: z.string().pipe(z.never()) };
}

/** Whole number within both bounds. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    label: 'number',
    allowed:
      most === Number.MAX_SAFE_INTEGER ? `a whole number, ${least} or more` : `a whole number from ${least} to ${most}`,
    schema: z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number)
      .pipe(z.number().int().min(least).max(most)),
  };
}

/** Decimal number within both bounds, for example a rate or seconds with a fraction. */
export function decimal(least: number, most: number): Kind<number> {
  return {
    label: 'number',
    allowed: `a number from ${least} to ${most}`,
    schema: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number)
      .pipe(z.number().min(least).max(most)),
  };
}

/** Block number; the greatest 64-bit number, which existing deployments use for "no bound", is undefined. */
export const lastBlock: Kind<number | undefined> = {
  label: 'block',
  allowed: 'a block number',
  schema: z
    .string()
    .regex(/^\d+$/)
    .transform((digits) => (digits === '18446744073709551615' ? undefined : Number(digits)))
    .pipe(z.number().int().optional()),
};

/** Amount in wei; can exceed what a double holds. */
export const wei: Kind<bigint> = {
  label: 'wei',
  allowed: 'a whole number of wei',
  schema: z
    .string()
    .regex(/^\d+$/)
    .transform((digits) => BigInt(digits)),
};

export const httpUrl: Kind<string> = {
  label: 'URL',
  allowed: 'a URL that begins with http:// or https://',
  schema: z
    .string()
    .regex(/^https?:\/\//)
    .refine((value) => URL.canParse(value)),
};

/** Any URL, for example `mongodb://...`. */
export const anyUrl: Kind<string> = {
  label: 'URL',
  allowed: 'a URL',
  schema: z.string().refine((value) => URL.canParse(value)),
};

/** Connection string of MongoDB; it may name several hosts, which a URL cannot. */
export const mongodbUrl: Kind<string> = {
  label: 'URL',
  allowed: 'a connection string that begins with mongodb:// or mongodb+srv://',
  schema: z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/]+/),
};

/** 20 bytes; answered in lower case. */
export const ethereumAddress: Kind<`0x${string}`> = {
  label: 'address',
  allowed: 'an Ethereum address: 0x and 40 hex digits',
  schema: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .transform((hex) => `0x${hex.slice(2).toLowerCase()}` as const),
};

/** 32 bytes, with or without `0x`; answered with it, in lower case. */
export const privateKey: Kind<`0x${string}`> = {
  label: 'key',
  allowed: 'a private key: 0x and 64 hex digits',
  schema: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F]{64}$/)
    .refine((hex) => !/^(0x)?0{64}$/.test(hex))
    .transform((hex) => `0x${hex.replace(/^0x/, '').toLowerCase()}` as const),
};

/** Up to 32 bytes of hex, as Starknet writes addresses and hashes. */
export const felt: Kind<string> = {
  label: 'felt',
  allowed: 'a Starknet field element: 0x and up to 64 hex digits',
  schema: z.string().regex(/^0x[0-9a-fA-F]{1,64}$/),
};

export const felts: Kind<readonly string[]> = {
  label: 'felts',
  allowed: 'Starknet field elements (0x and up to 64 hex digits) with commas between them',
  schema: z
    .string()
    .regex(/^\s*0x[0-9a-fA-F]{1,64}\s*(,\s*0x[0-9a-fA-F]{1,64}\s*)*$/)
    .transform((list) => list.split(',').map((item) => item.trim())),
};

/** One of some words, whatever their case. */
export function oneOf<const W extends string>(...words: readonly [W, ...W[]]): Kind<W> {
  return {
    label: words.join('|'),
    allowed: words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`,
    schema: z
      .string()
      .transform((given) => words.find((word) => word.toLowerCase() === given.toLowerCase()) ?? given)
      .pipe(z.enum(words)),
  };
}
