/** A terminal's Ctrl-C can reach the program twice, directly and through its launcher. */
const SAME_SIGNAL_MS = 500;
const INTERRUPTED = 130;

/**
 * Fires at the first SIGINT, SIGTERM or SIGHUP, so that the program can drain. A second one, later, ends it at once: all
 * state is in the database, and what was under way is taken up by the next start.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = Date.now();
    if (firstAt === undefined) {
      firstAt = now;
      controller.abort(new Error(`stopped by ${signal}`));
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      process.exit(INTERRUPTED);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}
