import { join } from 'node:path';
import { LOCAL_REGION, startLocalStack } from '../../../scripts/services/localstack-server.ts';
import { mongoServerUrl, startMongoServer } from '../../../scripts/services/mongodb-server.ts';
import { hasContainerEngine, startLocalStackContainer, startMongoContainer } from './container-services.ts';
import type { AwsFacts, KeptService, MongoFacts } from './kept-service.ts';

const log = (line: string): void => console.error(line);

/** SQS, S3, SNS, EventBridge, IAM and STS: in a container when an engine answers, natively otherwise. */
export async function startAws(folder: string): Promise<KeptService<AwsFacts>> {
  const logFile = join(folder, 'aws.log');
  if (await hasContainerEngine()) return await startLocalStackContainer(logFile);
  const service = await startLocalStack({ logFile, log });
  const facts = { endpoint: `http://127.0.0.1:${service.port}`, region: LOCAL_REGION, logFile };
  return { facts, stop: () => service.stop() };
}

/** MongoDB in a container when an engine answers, the native wire server otherwise. */
export async function startMongo(folder: string): Promise<KeptService<MongoFacts>> {
  const logFile = join(folder, 'mongodb.log');
  if (await hasContainerEngine()) return await startMongoContainer(logFile);
  const service = await startMongoServer({ logFile, log });
  return { facts: { url: mongoServerUrl(service.port) }, stop: () => service.stop() };
}
