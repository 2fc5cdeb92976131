import type { AwsCall } from '../../src/aws/call-counts.ts';

const READS = /^(Get|List|Describe|Head)/;

/** Whether the call can leave AWS in another state than before. */
export function changesSomething({ operation }: Pick<AwsCall, 'operation'>): boolean {
  return !READS.test(operation);
}
