import type { TaskResult } from '../provisioning/converge.ts';
import type { Plan } from '../provisioning/resource.ts';

interface Named {
  readonly kind: string;
  readonly name: string;
}

/** The closing table: resource, name, state, and what a reader should know besides. */
export function resultTable(results: readonly TaskResult[]): string[] {
  const rows = results.map(({ task, outcome, note }) => [task.kind, task.name, outcome, note ?? ''] as const);
  return columns([['RESOURCE', 'NAME', 'STATE', ''], ...rows]);
}

/** `6 created, 2 unchanged`. */
export function counts(results: readonly TaskResult[]): string {
  const byOutcome = Map.groupBy(results, ({ outcome }) => outcome);
  return [...byOutcome].map(([outcome, list]) => `${list.length} ${outcome}`).join(', ');
}

/** What would be done to one resource, a line for each step. */
export function planLines({ kind, name }: Named, { steps, outcome, note }: Plan): string[] {
  const about = note === undefined ? '' : ` (${note})`;
  if (steps.length === 0) return [`  ${kind} ${name}: ${outcome}${about}`];
  return [`* ${kind} ${name}: would be ${outcome}${about}`, ...steps.map(({ summary }) => `    ${summary}`)];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join('  ')
      .trimEnd(),
  );
}
