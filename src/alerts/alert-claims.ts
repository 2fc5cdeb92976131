/**
 * Who tells an alert, when several instances have the same one to tell. A claim says that its holder is telling it; it
 * ends by itself, so that an alert is not lost with the instance that was about to tell it.
 */
export interface AlertClaims {
  /** `ours`: tell it, then say {@link told} or {@link release}. `told`: it was. `busy`: another is telling it now. */
  claim(fingerprint: string): Promise<'ours' | 'told' | 'busy'>;
  /** It was told; from now on nobody gets it for as long as this is remembered. */
  told(fingerprint: string): Promise<void>;
  /** It could not be told: anybody may try. */
  release(fingerprint: string): Promise<void>;
}

/** Longer than any try to send an alert lasts. */
export const TELLING_MS = 3 * 60_000;
