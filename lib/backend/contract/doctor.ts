/** One thing that the protocols need of this machine. */
export interface DoctorCheck {
  /** `ipv6`, `multicast`, `port 3540`, `firewall`, `clock`, `home` ... */
  readonly check: string;
  /** `hint`: it may be fine, or can't be known. */
  readonly state: 'ok' | 'hint' | 'problem';
  /** A sentence. */
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string;
}
