package atoll.console;

/** What the end of standard input means to guests, where it is not a terminal. */
public enum InputEnd {
  /** Their terminals get their end of file. */
  END,
  /** They simply get no more. */
  KEEP
}
