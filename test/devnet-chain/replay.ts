import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';

/** State of a chain built up from its updates alone, against which its look-ups are checked. */
export class Replay {
  readonly problems: string[] = [];
  compared = 0;
  readonly #chain: ServedChain;
  readonly #storage = new Map<bigint, Map<bigint, bigint>>();
  readonly #nonces = new Map<bigint, bigint>();
  readonly #classes = new Map<bigint, bigint>();
  readonly #declared = new Set<bigint>();

  constructor(chain: ServedChain) {
    this.#chain = chain;
  }

  /** Takes in the next block; a change that changes nothing, or that cannot be, is a problem. */
  apply(block: number): void {
    const chain = this.#chain;
    const { stateDiff } = chain.stateUpdate(block);
    for (const { classHash } of stateDiff.declaredClasses) {
      this.#must(!this.#declared.has(classHash), `block ${block} declares class ${classHash} again`);
      this.#declared.add(classHash);
    }
    for (const { address, classHash } of stateDiff.deployedContracts) {
      this.#must(!this.#classes.has(address), `block ${block} deploys ${address} again`);
      if (block > 0) {
        const before = [chain.classHash(block - 1, address), chain.nonce(block - 1, address)];
        this.#must(
          before.every((value) => value === undefined),
          `${address} is there before block ${block} deploys it`,
        );
      }
      this.#classes.set(address, classHash);
    }
    for (const { address, classHash } of stateDiff.replacedClasses) {
      const former = this.#classes.get(address);
      this.#must(
        former !== undefined && former !== classHash,
        `block ${block} gives ${address} the class that it has, or it is not there`,
      );
      this.#classes.set(address, classHash);
    }
    for (const hash of this.#classes.values())
      this.#must(this.#declared.has(hash), `class ${hash} is used but not declared in block ${block}`);
    for (const { address, nonce } of stateDiff.nonces) {
      this.#must(
        this.#classes.has(address) && nonce > (this.#nonces.get(address) ?? 0n),
        `block ${block} does not raise the nonce of ${address}`,
      );
      this.#nonces.set(address, nonce);
    }
    for (const { address, entries } of stateDiff.storageDiffs) {
      this.#must(
        address <= 2n || this.#classes.has(address),
        `block ${block} writes to ${address}, which is not there`,
      );
      const slots = this.#storage.get(address) ?? new Map<bigint, bigint>();
      for (const { key, value } of entries) {
        const former = slots.get(key) ?? 0n;
        this.#must(former !== value, `block ${block} writes what is there: ${address} ${key}`);
        this.#must(
          block === 0 || chain.storage(block - 1, address, key) === former,
          `storage before block ${block}: ${address} ${key}`,
        );
        slots.set(key, value);
      }
      this.#storage.set(address, slots);
    }
  }

  /** Looks up everything that was ever touched. */
  compare(block: number): void {
    const chain = this.#chain;
    for (const [address, slots] of this.#storage) {
      for (const [key, value] of slots)
        this.#must(chain.storage(block, address, key) === value, `storage after block ${block}: ${address} ${key}`);
    }
    for (const [address, classHash] of this.#classes) {
      this.#must(chain.classHash(block, address) === classHash, `class after block ${block}: ${address}`);
      this.#must(
        chain.nonce(block, address) === (this.#nonces.get(address) ?? 0n),
        `nonce after block ${block}: ${address}`,
      );
    }
  }

  #must(holds: boolean, problem: string): void {
    this.compared++;
    if (!holds && this.problems.length < 10) this.problems.push(problem);
  }
}
