/**
 * Every query of the MongoDB adapters beside the index that serves it. The stores build their filters and sorts from
 * these declarations, so a query that no index serves cannot be written without a test noticing.
 *
 * The rule is equality, then sort, then range (https://www.mongodb.com/docs/manual/tutorial/equality-sort-range-guideline):
 * the fields of a query, taken in that order, are a prefix of its index. A query that names a whole unique index touches
 * one document at most, and may test more fields of it (`residual`).
 */

export type Direction = 1 | -1;

export interface IndexDeclaration {
  readonly collection: CollectionName;
  /** The name that MongoDB gives by itself, so that equal indexes of older deployments are found to be the same. */
  readonly name: string;
  readonly key: readonly (readonly [field: string, direction: Direction])[];
  readonly unique: boolean;
  /** Made by the server with the collection. */
  readonly builtIn: boolean;
}

export interface QueryDeclaration<Equality extends string = string, Range extends string = string> {
  readonly index: IndexDeclaration;
  readonly equality: readonly Equality[];
  /** Sorted the way the index runs, or the other way round throughout: see `sortFor`. */
  readonly sort: readonly string[];
  readonly range: readonly Range[];
  readonly residual: readonly string[];
}

export type CollectionName = 'jobs' | 'settlement_txs' | 'locks' | 'parked_messages' | 'installation' | 'scratch';

function index(
  collection: CollectionName,
  key: readonly (readonly [string, Direction])[],
  { unique = false, builtIn = false } = {},
): IndexDeclaration {
  const name = builtIn ? '_id_' : key.map(([field, direction]) => `${field}_${direction}`).join('_');
  return { collection, name, key, unique: unique || builtIn, builtIn };
}

const primaryKey = (collection: CollectionName): IndexDeclaration => index(collection, [['_id', 1]], { builtIn: true });

export const INDEXES = {
  jobsPrimary: primaryKey('jobs'),
  jobsById: index('jobs', [['id', 1]], { unique: true }),
  jobsByRange: index(
    'jobs',
    [
      ['job_type', 1],
      ['internal_id', -1],
    ],
    { unique: true },
  ),
  jobsByStatus: index('jobs', [
    ['job_type', 1],
    ['status', 1],
    ['internal_id', -1],
  ]),
  jobsByBlock: index('jobs', [
    ['internal_id', 1],
    ['job_type', 1],
  ]),
  jobsDue: index('jobs', [['next_action_at', 1]]),
  intentsPrimary: primaryKey('settlement_txs'),
  intentsByBlock: index('settlement_txs', [['first_block', 1]]),
  locksPrimary: primaryKey('locks'),
  // Not on the expiry alone: older deployments have an index of that name, by which the server deletes.
  locksByExpiry: index('locks', [
    ['expires_at', 1],
    ['_id', 1],
  ]),
  parkedPrimary: primaryKey('parked_messages'),
  parkedByAge: index('parked_messages', [
    ['parked_at', -1],
    ['_id', 1],
  ]),
  installationPrimary: primaryKey('installation'),
  scratchPrimary: primaryKey('scratch'),
} as const satisfies Record<string, IndexDeclaration>;

function query<const Equality extends string = never, const Range extends string = never>(
  served: IndexDeclaration,
  parts: {
    readonly equality?: readonly Equality[];
    readonly sort?: readonly string[];
    readonly range?: readonly Range[];
    readonly residual?: readonly string[];
  },
): QueryDeclaration<Equality, Range> {
  return {
    index: served,
    equality: parts.equality ?? [],
    sort: parts.sort ?? [],
    range: parts.range ?? [],
    residual: parts.residual ?? [],
  };
}

export const QUERIES = {
  jobEnds: query(INDEXES.jobsPrimary, { sort: ['_id'] }),
  jobById: query(INDEXES.jobsById, { equality: ['id'] }),
  jobCommit: query(INDEXES.jobsById, { equality: ['id'], residual: ['version', 'lease', 'lease.token'] }),
  jobByRange: query(INDEXES.jobsByRange, { equality: ['job_type', 'internal_id'] }),
  jobsLatest: query(INDEXES.jobsByRange, { equality: ['job_type'], sort: ['internal_id'] }),
  jobsLatestOfStatus: query(INDEXES.jobsByStatus, { equality: ['job_type', 'status'], sort: ['internal_id'] }),
  jobsOfEveryType: query(INDEXES.jobsByBlock, { sort: ['internal_id', 'job_type'], range: ['internal_id'] }),
  jobsOfType: query(INDEXES.jobsByRange, { equality: ['job_type'], sort: ['internal_id'], range: ['internal_id'] }),
  jobsOfTypeAndStatus: query(INDEXES.jobsByStatus, {
    equality: ['job_type', 'status'],
    sort: ['internal_id'],
    range: ['internal_id'],
  }),
  jobsCount: query(INDEXES.jobsByStatus, { equality: ['job_type', 'status'] }),
  jobsDue: query(INDEXES.jobsDue, { sort: ['next_action_at'], range: ['next_action_at'] }),
  intentByKey: query(INDEXES.intentsPrimary, { equality: ['_id'], residual: ['version'] }),
  intentsOfBlocks: query(INDEXES.intentsByBlock, { range: ['first_block'] }),
  lockByKey: query(INDEXES.locksPrimary, { equality: ['_id'], residual: ['owner', 'token', 'expires_at'] }),
  locksGivenUp: query(INDEXES.locksByExpiry, { equality: ['expires_at'], sort: ['_id'], range: ['_id'] }),
  locksExpired: query(INDEXES.locksByExpiry, { sort: ['expires_at', '_id'], range: ['expires_at'] }),
  parkedById: query(INDEXES.parkedPrimary, { equality: ['_id'] }),
  parkedNewest: query(INDEXES.parkedByAge, { sort: ['parked_at', '_id'] }),
  parkedBefore: query(INDEXES.parkedByAge, { sort: ['parked_at', '_id'], range: ['parked_at'] }),
  installationRecord: query(INDEXES.installationPrimary, { equality: ['_id'], residual: ['version'] }),
  scratchById: query(INDEXES.scratchPrimary, { equality: ['_id'], residual: ['version'] }),
  scratchLeftOver: query(INDEXES.scratchPrimary, { range: ['_id'] }),
} as const satisfies Record<string, QueryDeclaration>;

/** The filter of a declared query: a value for every field of its equality and range, and tests of its residual fields. */
export function filterFor<Equality extends string, Range extends string>(
  { equality, range, residual }: QueryDeclaration<Equality, Range>,
  values: Readonly<Record<Equality | Range, unknown>>,
  tests: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const declared = new Set<string>([...equality, ...range]);
  const unknown = [
    ...Object.keys(values).filter((field) => !declared.has(field)),
    ...Object.keys(tests).filter((field) => !residual.includes(field)),
  ];
  if (unknown.length > 0) throw new TypeError(`fields that the query does not declare: ${unknown.join(', ')}`);
  return { ...values, ...tests };
}

/** The sort of a declared query: its first field ascending or descending, the others as the index has them beside it. */
export function sortFor(
  { index: served, sort }: QueryDeclaration,
  order: 'ascending' | 'descending',
): Record<string, Direction> {
  const along = new Map(served.key);
  const turned = along.get(sort[0] ?? '') !== (order === 'ascending' ? 1 : -1);
  return Object.fromEntries(
    sort.map((field) => [field, (along.get(field) === 1) === turned ? -1 : 1] satisfies [string, Direction]),
  );
}
