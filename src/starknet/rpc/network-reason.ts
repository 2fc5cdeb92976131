/** Why a fetch failed, for example `bad port`: fetch hides what happened in the cause of a bare "fetch failed". */
export function networkReason(error: unknown): string {
  const inner = member(error, 'cause') ?? error;
  const message = member(inner, 'message');
  const code = member(inner, 'code');
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : 'unknown reason';
}

/** Read by name rather than by class: errors of the runtime may come from another realm. */
function member(value: unknown, name: 'cause' | 'message' | 'code'): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<typeof name, unknown>)[name]
    : undefined;
}
