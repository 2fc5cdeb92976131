/** One thing that has to be done to a resource. */
export interface Step {
  /** Completes "would ..." and, on failure, "cannot ...", for example `set VisibilityTimeout to 360`. */
  readonly summary: string;
  run(): Promise<void>;
}

/**
 * What becomes of a resource.
 *
 * - setup: `created`, `updated`, `adopted` (it was there without our mark and is looked after from now on), `unchanged`,
 *   `given` (named by its ARN: only looked at)
 * - teardown: `removed`, `absent`, `kept` (not ours to remove; the note says why)
 */
export type Outcome = 'created' | 'updated' | 'adopted' | 'unchanged' | 'given' | 'removed' | 'absent' | 'kept';

/** The difference between what is and what is wanted, found by reading alone. */
export interface Plan {
  /** In order; none when nothing has to be done. */
  readonly steps: readonly Step[];
  /** What is said of the resource once the steps are done. */
  readonly outcome: Outcome;
  /** What a reader should know besides, one sentence. */
  readonly note?: string;
}

export interface TeardownOptions {
  /** A store that still holds data is emptied and removed too. */
  readonly deleteData: boolean;
}

/**
 * Something that setup makes and keeps as it should be. A plan only reads; its steps may be run again after a failure at any
 * point, so that planning and running until no step is left ends in the wanted state wherever it began.
 */
export interface Resource {
  /** For example `SQS queue`. */
  readonly kind: string;
  readonly name: string;
  /** Resources that must be there before this one, and gone only after it. */
  readonly after: readonly Resource[];
  /** Steps that make it as it is wanted. */
  setup(): Promise<Plan>;
  /** Steps that remove it, if setup made it. */
  teardown(options: TeardownOptions): Promise<Plan>;
}

/** `SQS queue mo_worker_trigger_queue`, as messages name it. */
export function titleOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`;
}
