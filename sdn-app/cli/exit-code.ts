/** Exit codes that scripts can trust; docs/cli.md lists them. */
export const EXIT = {
  ok: 0,
  /** The command failed; nothing, or what the error says, was changed. */
  error: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The migration was rolled back: the VNF serves where it did. */
  rolledBack: 3,
  /** The migration failed. */
  failed: 4,
  /** `demo`: every run ended, but something was lost, changed or broken. */
  notClean: 5,
  /** `demo`: the lab itself loses packets with no migration going on. */
  labLoses: 6,
  /** `lab exec`: there is no such lab or host, so the program was not started. */
  notStarted: 125,
} as const;
