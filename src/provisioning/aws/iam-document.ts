/** A policy document of IAM; also that of a queue, where statements have a principal. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export const POLICY_VERSION = '2012-10-17';

/** Reads a document as AWS hands it out: JSON, sometimes encoded for URLs. Undefined when it is none. */
export function parsePolicy(text: string | undefined): PolicyDocument | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text);
    if (typeof value !== 'object' || value === null || !('Statement' in value)) return undefined;
    const document = value as PolicyDocument | (Omit<PolicyDocument, 'Statement'> & { readonly Statement: Statement });
    return { ...document, Statement: [document.Statement].flat() };
  } catch {
    return undefined;
  }
}

/** Whether two parts of documents mean the same: order of keys and of lists, and lists of one, do not matter. */
export function samePolicy(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    const sorted = items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    return sorted.length === 1 ? sorted[0] : sorted;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, canonical(entry)]),
  );
}
