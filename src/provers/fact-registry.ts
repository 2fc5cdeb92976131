/** The contract that the core contract asks whether a statement was proven. */
export interface FactRegistry {
  isValid(fact: string): Promise<boolean>;
}

/** A registry that takes facts from anybody, for local chains and simulated provers. */
export interface FactRegistrar extends FactRegistry {
  /** Registers the fact unless it is there; resolves once the transaction is sent, not when it is mined. */
  register(fact: string): Promise<void>;
}
