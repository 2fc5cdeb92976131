import { createHash } from 'node:crypto';
import type { Hex } from 'viem';
import type { Clock } from '../../clock/clock.ts';
import type { IntentVariant } from '../../database/intent-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type BlobSidecar, type BlobTransactionBody, bodyHash, wrapBlobTransaction } from './blob-transaction.ts';
import type { BlobFees } from './fees.ts';
import type { TransactionSigner } from './transaction-signer.ts';

export interface StoredBytes extends Pick<IntentVariant, 'raw_path' | 'raw_sha256'> {
  readonly raw: Uint8Array;
}

/** Signs variants of a transaction and keeps their network bytes, so that what is broadcast later is exactly what was signed. */
export class VariantSigner {
  readonly #signer: TransactionSigner;
  readonly #objects: ObjectStore;
  readonly #clock: Clock;

  constructor(signer: TransactionSigner, objects: ObjectStore, clock: Clock) {
    this.#signer = signer;
    this.#objects = objects;
    this.#clock = clock;
  }

  get address(): Hex {
    return this.#signer.address;
  }

  /** Signs the body and stores its network bytes. Nobody knows the bytes before an intent names them. */
  async create(firstBlock: number, body: BlobTransactionBody, sidecar: BlobSidecar): Promise<IntentVariant> {
    const signed = await this.#signer.signBlobBody(body);
    const { raw_path, raw_sha256 } = await this.store(firstBlock, signed, sidecar);
    return {
      hash: bodyHash(signed),
      signer: this.address,
      nonce: body.nonce,
      raw_path,
      raw_sha256,
      max_fee_per_gas: body.fees.maxFeePerGas.toString(),
      max_priority_fee_per_gas: body.fees.maxPriorityFeePerGas.toString(),
      max_fee_per_blob_gas: body.fees.maxFeePerBlobGas.toString(),
      gas_limit: body.gasLimit.toString(),
      signed_at: this.#clock.now(),
      sent_at: null,
      sent_at_block: null,
      error: null,
    };
  }

  /**
   * Stores the network bytes of a signed body under its hash and the version of the wrapper: bytes that an intent names are
   * never overwritten with those of the other version.
   */
  async store(firstBlock: number, signedBody: Uint8Array, sidecar: BlobSidecar): Promise<StoredBytes> {
    const raw = wrapBlobTransaction(signedBody, sidecar);
    const path = `${firstBlock}/settlement_tx/${bodyHash(signedBody)}.v${sidecar.wrapperVersion}.bin`;
    const { sha256 } = await this.#objects.put(path, raw);
    return { raw, raw_path: path, raw_sha256: sha256 };
  }

  /** The network bytes of a variant. Fails with OBJECT_NOT_FOUND or OBJECT_CORRUPT. */
  async load(variant: IntentVariant): Promise<Uint8Array> {
    const raw = await this.#objects.get(variant.raw_path);
    const sha256 = createHash('sha256').update(raw).digest('hex');
    if (sha256 === variant.raw_sha256) return raw;
    throw new OrchestratorError('OBJECT_CORRUPT', `${variant.raw_path} does not hold the transaction that was signed`, {
      context: { path: variant.raw_path, expected: variant.raw_sha256, actual: sha256 },
      hint: 'Remove the object and retry the job: the transaction is then made again.',
    });
  }

  async isStored(variant: IntentVariant): Promise<boolean> {
    return (await this.#objects.head(variant.raw_path)) !== undefined;
  }
}

export function feesOf(variant: IntentVariant): BlobFees {
  return {
    maxFeePerGas: BigInt(variant.max_fee_per_gas),
    maxPriorityFeePerGas: BigInt(variant.max_priority_fee_per_gas),
    maxFeePerBlobGas: BigInt(variant.max_fee_per_blob_gas),
  };
}
