import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_REGION } from '../../../scripts/services/localstack-server.ts';
import { KEEPER_VARIABLE } from './keeper-process.ts';
import type { AwsFacts, MongoFacts } from './kept-service.ts';
import { type AwsRequest, readRequestLog } from './request-log.ts';

/**
 * The AWS services of this run, shared by its test files: those of `E2E_AWS_ENDPOINT_URL`, or LocalStack in a container, or
 * LocalStack installed natively. Started when first asked for (which takes minutes when it has to be installed) and ended
 * with the run. Take names of your own for queues, buckets and topics. Any credentials do.
 *
 * @throws Error that names what to install when there is no way to have them.
 */
export async function awsServices(): Promise<AwsFacts> {
  const endpoint = process.env.E2E_AWS_ENDPOINT_URL;
  if (endpoint !== undefined && endpoint !== '') return { endpoint, region: LOCAL_REGION };
  return (await ask('/aws')) as AwsFacts;
}

/**
 * The MongoDB server of this run, in the same order: `E2E_MONGODB_URL`, a container, or the native wire server, whose data
 * is in memory. Take a database name of your own.
 */
export async function mongoServer(): Promise<MongoFacts> {
  const url = process.env.E2E_MONGODB_URL;
  if (url !== undefined && url !== '') return { url };
  return (await ask('/mongodb')) as MongoFacts;
}

/**
 * Requests that the shared AWS services have answered so far, oldest first, those of other test files included.
 *
 * @throws Error when they come from `E2E_AWS_ENDPOINT_URL`, whose log is not ours: count on `privateAwsServices()` then.
 */
export async function awsRequestLog(): Promise<AwsRequest[]> {
  const { logFile, endpoint } = await awsServices();
  if (logFile === undefined) throw new Error(`the request log of ${new URL(endpoint).host} cannot be read from here`);
  return await readRequestLog(logFile);
}

async function ask(path: string): Promise<unknown> {
  const keeper = process.env[KEEPER_VARIABLE];
  if (keeper === undefined) throw new Error('tests that need services run through "npm run e2e"');
  // Not fetch: it gives up after five minutes, and an installation may take longer.
  const response = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    get(`${keeper}${path}`, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    }).once('error', reject);
  });
  if (response.status !== 200) throw new Error(response.body);
  return JSON.parse(response.body);
}
