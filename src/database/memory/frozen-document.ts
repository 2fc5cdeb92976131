const checked = new WeakSet<object>();

/**
 * Freezes a document as deeply as it goes and answers it. What a database would not bring back as it was (undefined, NaN,
 * bigint, class instances) is refused, and a holder that changes the document afterwards fails at once, so that mistakes
 * which only persistence would punish show in every test.
 */
export function frozenDocument<T>(value: T, path = 'document'): T {
  if (
    typeof value === 'number'
      ? Number.isFinite(value)
      : value === null || typeof value === 'string' || typeof value === 'boolean'
  ) {
    return value;
  }
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${path} cannot be persisted: ${typeof value} ${String(value)}`);
  if (checked.has(value)) return value;
  if (!Array.isArray(value) && !isPlainObject(value)) {
    throw new TypeError(`${path} cannot be persisted: it is not a plain object`);
  }
  for (const [key, inner] of Object.entries(value)) frozenDocument(inner, `${path}.${key}`);
  checked.add(value);
  return Object.freeze(value);
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
