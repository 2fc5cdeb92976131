/** How a test reaches the AWS services of its run. */
export interface AwsFacts {
  readonly endpoint: string;
  readonly region: string;
  /** Has a line for each request; absent where the services are not ours. */
  readonly logFile?: string;
}

/** How a test reaches the MongoDB server of its run. */
export interface MongoFacts {
  readonly url: string;
}

/** A service that was started for a run, with what it tells its tests. */
export interface KeptService<Facts = AwsFacts | MongoFacts> {
  readonly facts: Facts;
  stop(): Promise<void>;
}
