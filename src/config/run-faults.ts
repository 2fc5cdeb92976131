import { infrastructureFaults } from './infrastructure-faults.ts';
import type { Relations } from './read-settings.ts';
import { runSettings } from './run-settings.ts';
import { nameOf, type Setting, type ValuesOf } from './setting.ts';

/** Field elements of a blob (EIP-4844). */
const WORDS_PER_BLOB = 4096;

type Values = Partial<ValuesOf<typeof runSettings>>;

/** What `run` cannot do with settings that are each valid: missing, or not fit for each other. */
export const runFaults: Relations<typeof runSettings> = (values, given) => [
  ...missing(values, given),
  ...contradictions(values),
  ...infrastructureFaults(values, given),
];

function missing(values: Values, given: ReadonlySet<Setting<unknown>>): string[] {
  const faults: string[] = [];
  if (!values.settleOnEthereum && !values.settleOnStarknet) {
    faults.push('No settlement layer is chosen: add --settle-on-ethereum.');
  }
  if (!values.daOnEthereum && !values.daOnStarknet) {
    faults.push('No data availability layer is chosen: add --da-on-ethereum.');
  }
  if (!given.has(runSettings.prover) && !values.simulatedProver && !values.sharp && !values.atlantic) {
    faults.push('No prover is chosen: add --simulated-prover.');
  }
  for (const setting of [runSettings.factRegistryAddress, runSettings.factRegistryPrivateKey]) {
    if (!given.has(setting)) faults.push(`${nameOf(setting)} is missing: ${setting.description}`);
  }
  return faults;
}

function contradictions(values: Values): string[] {
  const faults: string[] = [];
  const { minBlock, maxBlock, exitWhenSettled, heartbeatSeconds, leaseSeconds } = values;
  if (values.ethereumPrivateKey !== undefined && values.factRegistryPrivateKey === values.ethereumPrivateKey) {
    faults.push(
      `${nameOf(runSettings.factRegistryPrivateKey)} is the operator key: a node refuses ordinary transactions of an account that has blob transactions under way, so give it a key of its own.`,
    );
  }
  if (minBlock !== undefined && maxBlock !== undefined && maxBlock < minBlock) {
    faults.push(
      `${nameOf(runSettings.maxBlock)} is ${maxBlock}, below ${nameOf(runSettings.minBlock)}, which is ${minBlock}.`,
    );
  }
  if (exitWhenSettled !== undefined && maxBlock !== undefined && exitWhenSettled > maxBlock) {
    faults.push(
      `${nameOf(runSettings.exitWhenSettled)} is ${exitWhenSettled}, beyond ${nameOf(runSettings.maxBlock)}, which is ${maxBlock}: that block would never be settled.`,
    );
  }
  const { maxNumBlobs, blobSizeBuffer } = values;
  if (maxNumBlobs !== undefined && blobSizeBuffer !== undefined && blobSizeBuffer >= maxNumBlobs * WORDS_PER_BLOB) {
    faults.push(
      `${nameOf(runSettings.blobSizeBuffer)} is ${blobSizeBuffer}, but the ${maxNumBlobs} blobs of ${nameOf(runSettings.maxNumBlobs)} hold ${maxNumBlobs * WORDS_PER_BLOB} words: nothing would be left.`,
    );
  }
  if (heartbeatSeconds !== undefined && leaseSeconds !== undefined && heartbeatSeconds * 2 > leaseSeconds) {
    faults.push(
      `${nameOf(runSettings.heartbeatSeconds)} is ${heartbeatSeconds}, more than half of ${nameOf(runSettings.leaseSeconds)}, which is ${leaseSeconds}: one late heartbeat would lose the lease.`,
    );
  }
  return faults;
}
