import { parentPort } from 'node:worker_threads';

/** Answers with what it was told and its own number of answers so far; dies at `die`, throws at `throw`. */
let answers = 0;
parentPort?.on('message', (said: string) => {
  if (said === 'die') process.exit(7);
  if (said === 'throw') throw new Error('as it was told');
  answers += 1;
  parentPort?.postMessage({ said, answers });
});
