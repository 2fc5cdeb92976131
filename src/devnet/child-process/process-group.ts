/** Signals the process group that `leader` leads (the process alone on Windows). False when nothing is left of it. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone, or (macOS) only zombies are left of it.
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
