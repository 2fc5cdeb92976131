import type { Settlement } from '../../settlement/settlement.ts';
import { stoppableNode } from '../../starknet/stoppable-node.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { artifactKeys } from '../artifact-keys.ts';
import { isBrokenArtifact } from '../broken-artifact.ts';
import { type Job, rangeOf } from '../job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from '../job-handler.ts';
import { metadataOf } from '../new-jobs.ts';
import { loadOutput } from '../stored-output.ts';
import { waitingForBlock } from '../waiting-for-block.ts';
import { readBlobObject, writeBlobObject } from './blob-object.ts';
import { type BlobEncoder, encodeBlobs } from './encode-blobs.ts';

export interface DataSubmissionPorts {
  readonly encoder: BlobEncoder;
  readonly objects: ObjectStore;
  readonly settlement: Pick<Settlement, 'parameters'>;
}

/**
 * Makes the blobs of a range and stores them; they are published with the state update. A diff that is not the one the
 * proof is about is found here, long before a transaction would revert over it.
 */
export class DataSubmissionHandler implements JobHandler {
  readonly #ports: DataSubmissionPorts;

  constructor(ports: DataSubmissionPorts) {
    this.#ports = ports;
  }

  process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    return waitingForBlock(this.#process(job, work));
  }

  async #process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    const { encoder, objects, settlement } = this.#ports;
    const da = metadataOf(job, 'Da');
    const parameters = await settlement.parameters();
    const { output } = await loadOutput(objects, artifactKeys(da.start_block).programOutput, da.snos_fact, parameters);
    const node = stoppableNode(encoder.node, work.signal);
    const encoded = await encodeBlobs({ ...encoder, node }, rangeOf(job), output);
    work.signal.throwIfAborted();
    await writeBlobObject(objects, da.blob_data_path, encoded);
    return {
      kind: 'submitted',
      externalId: encoded.versionedHashes.join(','),
      specific: {
        ...da,
        blob_sha256: encoded.sha256,
        commitments: encoded.commitments,
        versioned_hashes: encoded.versionedHashes,
      },
      verifyAfterMs: 0,
    };
  }

  async verify(job: Job, _work: WorkContext): Promise<VerifyOutcome> {
    const da = metadataOf(job, 'Da');
    try {
      await readBlobObject(this.#ports.objects, {
        key: da.blob_data_path,
        sha256: da.blob_sha256,
        blobs: da.versioned_hashes.length,
      });
      return { kind: 'verified' };
    } catch (error) {
      if (isBrokenArtifact(error)) return { kind: 'rejected', reason: `${error.code}: ${error.message}` };
      throw error;
    }
  }
}
