import { readFile } from 'node:fs/promises';

export interface AwsRequest {
  /** As LocalStack names it: `sqs`, `s3`, `events`. */
  readonly service: string;
  /** `ReceiveMessage`, `PutObject`. */
  readonly operation: string;
  /** HTTP status. */
  readonly status: number;
}

const LINE = /AWS (\w+)\.(\w+) => (\d{3})\b/;

/** The requests in a log of LocalStack, oldest first: each is a line `AWS sqs.X => 200`, written when it was answered. */
export async function readRequestLog(file: string): Promise<AwsRequest[]> {
  const requests: AwsRequest[] = [];
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [, service, operation, status] = LINE.exec(line) ?? [];
    if (service !== undefined && operation !== undefined) requests.push({ service, operation, status: Number(status) });
  }
  return requests;
}
