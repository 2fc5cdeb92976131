/** The contract that the core contract asks whether a statement was proven. Facts are `0x` and 64 hex digits. */
export interface FactRegistry {
  isValid(fact: string, signal?: AbortSignal): Promise<boolean>;
}

/** A registry that takes facts from anybody, for local chains and simulated provers. */
export interface FactRegistrar extends FactRegistry {
  /** Registers the fact unless it is there or on its way; resolves once the transaction is sent, not when it is mined. */
  register(fact: string, signal?: AbortSignal): Promise<void>;
}
