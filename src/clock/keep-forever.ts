/** The longest interval that a timer takes, 24.8 days. */
const NEVER_MS = 2 ** 31 - 1;

/** Keeps the object from being collected for as long as the process lives, without keeping the process alive. */
export function keepForever(object: object): void {
  setInterval(() => object, NEVER_MS).unref();
}
