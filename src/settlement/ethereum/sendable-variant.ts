import type { Intent } from '../../database/intent-store.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import type { Log } from '../../telemetry/log.ts';
import { type BlobSidecar, type BlobTransactionBody, parseBlobTransaction } from './blob-transaction.ts';
import { newestVariant } from './chain-standing.ts';
import { type IntentRecords, withVariant } from './intent-records.ts';
import { buildSidecar } from './update-payload.ts';
import type { VariantSigner } from './variant-signer.ts';

export interface SendableParts {
  readonly kzg: Kzg;
  readonly records: IntentRecords;
  readonly variants: VariantSigner;
  readonly log: Log;
  /** Of the wrapper that the network takes now. */
  readonly wrapperVersion: 0 | 1;
}

/** The newest variant of an intent, ready for the network. */
export interface SendableVariant {
  /** Names `raw`. */
  readonly intent: Intent;
  readonly raw: Uint8Array;
  readonly body: BlobTransactionBody;
  readonly sidecar: BlobSidecar;
}

/**
 * Loads the newest variant. Bytes that were stored in the other wrapper get the one that is configured now, which needs no
 * signature: body and hash stay. The intent names the new bytes before they are answered. Undefined when another worker
 * added a variant meanwhile. Fails like {@link VariantSigner.load}.
 */
export async function sendableVariant(parts: SendableParts, intent: Intent): Promise<SendableVariant | undefined> {
  const { kzg, records, variants, wrapperVersion, log } = parts;
  const current = newestVariant(intent);
  const raw = await variants.load(current);
  const { body, sidecar, signedBody } = parseBlobTransaction(raw);
  if (sidecar.wrapperVersion === wrapperVersion) return { intent, raw, body, sidecar };

  const other = await buildSidecar(kzg, wrapperVersion, sidecar.blobs, sidecar.commitments);
  const { raw: rewrapped, ...place } = await variants.store(intent.first_block, signedBody, other);
  const noted = await records.note(intent, (stored) =>
    newestVariant(stored).hash === current.hash && newestVariant(stored).raw_path !== place.raw_path
      ? { variants: withVariant(stored, current.hash, place) }
      : undefined,
  );
  if (newestVariant(noted).hash !== current.hash) return undefined;
  log.info({ key: intent.key, hash: current.hash, wrapperVersion }, 'the stored transaction was wrapped anew');
  return { intent: noted, raw: rewrapped, body, sidecar: other };
}
