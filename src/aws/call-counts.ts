/** One request to AWS, as it leaves the program; every try of a repeated one is a request. */
export interface AwsCall {
  /** As IAM names it, for example `sqs`. */
  readonly service: string;
  /** Operation, for example `ReceiveMessage`. */
  readonly operation: string;
  readonly input: object;
}

/** Told of every request. */
export type AwsCallListener = (call: AwsCall) => void;

/** Requests by `service.Operation` since the start: what AWS charges for. */
export class AwsCallCounts {
  readonly #counts = new Map<string, number>();

  readonly listener: AwsCallListener = ({ service, operation }) => {
    const name = `${service}.${operation}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  };

  /** Sorted by name. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** All requests to one service. */
  total(service: string): number {
    let total = 0;
    for (const [name, count] of this.#counts) if (name.startsWith(`${service}.`)) total += count;
    return total;
  }
}
