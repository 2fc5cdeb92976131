/*
 * Thread that computes one program hash and ends. The 15,000 Pedersen hashes of the Starknet OS keep a core busy for
 * seconds; on the main thread no lease would be renewed during that time. `program-hash.ts` starts it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pedersenFold } from './pedersen.ts';

/** The felts to fold; the answer is one bigint. */
export type ProgramHashRequest = readonly bigint[];

parentPort?.postMessage(pedersenFold(workerData as ProgramHashRequest));
