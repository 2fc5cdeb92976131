/** Where operators are told what needs them. */
export interface AlertSink {
  send(alert: Alert): Promise<void>;
}

export interface Alert {
  /** Two alerts with the same fingerprint tell the same thing. */
  readonly fingerprint: string;
  readonly text: string;
}
