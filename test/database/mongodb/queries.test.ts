import { describe, expect, it } from '@jest/globals';
import {
  filterFor,
  INDEXES,
  type IndexDeclaration,
  QUERIES,
  type QueryDeclaration,
  sortFor,
} from '../../../src/database/mongodb/queries.ts';

const queries: [string, QueryDeclaration][] = Object.entries(QUERIES);
const indexes: [string, IndexDeclaration][] = Object.entries(INDEXES);

/** Equality fields first in any order, then the sort in its order, then at most one range, all from the index's start on. */
function isServed({ index, equality, sort, range }: QueryDeclaration): boolean {
  const fields = index.key.map(([field]) => field);
  const head = fields.slice(0, equality.length);
  if (![...equality].sort().every((field, position) => field === [...head].sort()[position])) return false;
  const rest = fields.slice(equality.length);
  if (!sort.every((field, position) => field === rest[position])) return false;
  if (range.length > 1) return false;
  const [bounded] = range;
  // A range on the first sorted field bounds the same walk.
  return bounded === undefined || bounded === rest[0] || bounded === rest[sort.length];
}

describe('queries and indexes of the MongoDB adapters', () => {
  it.each(queries)('%s: equality, sort and range are a prefix of the index', (_, query) => {
    expect(isServed(query)).toBe(true);
  });

  it('knows a query that its index does not serve', () => {
    const query = (parts: Partial<QueryDeclaration>): QueryDeclaration => ({
      index: INDEXES.jobsByStatus,
      equality: [],
      sort: [],
      range: [],
      residual: [],
      ...parts,
    });
    expect(isServed(query({ equality: ['job_type', 'status'], range: ['internal_id'] }))).toBe(true);
    expect(isServed(query({ equality: ['status'] }))).toBe(false);
    expect(isServed(query({ equality: ['job_type'], sort: ['internal_id'] }))).toBe(false);
    expect(isServed(query({ equality: ['job_type'], range: ['internal_id'] }))).toBe(false);
    expect(isServed(query({ equality: ['job_type', 'status'], sort: ['updated_at'] }))).toBe(false);
    expect(isServed(query({ range: ['job_type', 'status'] }))).toBe(false);
  });

  it.each(queries.filter(([, { residual }]) => residual.length > 0))(
    '%s tests further fields of one document only',
    (_, { index, equality }) => {
      expect(index.unique).toBe(true);
      expect(equality).toHaveLength(index.key.length);
    },
  );

  it.each(indexes.filter(([, { builtIn }]) => !builtIn))('%s serves a query', (_, index) => {
    expect(queries.filter(([, query]) => query.index === index)).not.toHaveLength(0);
  });

  it('has no two indexes of one name or of the same fields', () => {
    const names = indexes.map(([, { collection, name }]) => `${collection} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    const keys = indexes.map(([, { collection, key }]) => `${collection} ${JSON.stringify(key)}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('names indexes as MongoDB does, so that equal ones of existing deployments are the same', () => {
    expect(INDEXES.jobsByRange.name).toBe('job_type_1_internal_id_-1');
    expect(INDEXES.jobsByStatus.name).toBe('job_type_1_status_1_internal_id_-1');
  });

  it.each(queries.filter(([, { sort }]) => sort.length > 0))(
    '%s sorts the way of its index, or against it throughout',
    (_, query) => {
      const along = new Map(query.index.key);
      for (const order of ['ascending', 'descending'] as const) {
        const sorted = Object.entries(sortFor(query, order));
        expect(sorted.map(([field]) => field)).toEqual(query.sort);
        expect(sorted[0]?.[1]).toBe(order === 'ascending' ? 1 : -1);
        expect(new Set(sorted.map(([field, direction]) => direction === along.get(field))).size).toBe(1);
      }
    },
  );

  it('refuses a filter with fields that the declaration lacks', () => {
    expect(() => filterFor(QUERIES.jobById, { id: 1, status: 'Created' } as never)).toThrow(/status/);
    expect(() => filterFor(QUERIES.jobById, { id: 1 }, { version: 1 })).toThrow(/version/);
    expect(filterFor(QUERIES.jobCommit, { id: 1 }, { version: 1, lease: null })).toEqual({
      id: 1,
      version: 1,
      lease: null,
    });
  });
});
