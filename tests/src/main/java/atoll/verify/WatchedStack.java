package atoll.verify;

/** The few words of stack that translated code may use on a {@link WatchedProcessor}. */
final class WatchedStack {
  /** Where the stack pointer is between pieces. */
  static final long BASE = 0x5000_0000_0000L;

  private final long[] words = new long[16];

  /** Pushes a value; returns where the stack pointer is then. */
  long push(long pointer, long value) {
    words[index(pointer - 8)] = value;
    return pointer - 8;
  }

  /** The value that is popped next. */
  long top(long pointer) {
    return words[index(pointer)];
  }

  private int index(long pointer) {
    int at = (int) (BASE - pointer) / 8;
    if (at <= 0 || at >= words.length) {
      throw new EscapeException("not a place on the stack");
    }
    return at;
  }
}
