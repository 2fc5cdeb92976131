/*
 * Thread that computes for `worker-da-computer.ts`, one request after the other.
 */
import { parentPort } from 'node:worker_threads';
import { compute, type DaRequest, type DaResponse, refusalOf, transferred } from './da-work.ts';

const port = parentPort;
if (port === null) throw new Error('da-worker.ts runs as a worker thread only');

port.on('message', (request: DaRequest) => {
  const response = respond(request);
  port.postMessage(response, 'result' in response ? transferred(response.result) : []);
});

function respond(request: DaRequest): DaResponse {
  try {
    return { result: compute(request) };
  } catch (error) {
    return { refused: refusalOf(error) };
  }
}
