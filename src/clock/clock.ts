/** Time as the engine sees it: the system's in production, a virtual one in the simulation. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `callback` once after `ms`; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

/** Randomness and identifiers, injected so that a simulated run can be replayed from its seed. */
export interface Entropy {
  /** Uniform in [0, 1). */
  random(): number;
  /** RFC 4122 UUID, version 4, lower case with hyphens. */
  uuid(): string;
}
