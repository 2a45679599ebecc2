package atoll.debug;

import java.util.Optional;

/**
 * A thread as the protocol names it: {@code p1.2} is hart 1 of the first VM.
 *
 * @param process from 1; {@link #ANY}, or {@link #ALL}; {@link #UNSAID} by a debugger that knows
 *     one process only
 * @param thread from 1; or one of these
 */
record ThreadId(int process, int thread) {
  static final int ANY = 0;
  static final int ALL = -1;
  static final int UNSAID = -2;

  private static final int LONGEST = 8;

  static Optional<ThreadId> parse(String text) {
    if (!text.startsWith("p")) {
      return number(text).map(thread -> new ThreadId(UNSAID, thread));
    }
    int dot = text.indexOf('.');
    Optional<Integer> process = number(dot < 0 ? text.substring(1) : text.substring(1, dot));
    Optional<Integer> thread = dot < 0 ? Optional.of(ALL) : number(text.substring(dot + 1));
    return process.flatMap(p -> thread.map(t -> new ThreadId(p, t)));
  }

  private static Optional<Integer> number(String text) {
    if (text.equals("-1")) {
      return Optional.of(ALL);
    }
    return Hex.number(text, LONGEST - 1).map(Long::intValue);
  }

  /** Whether it stands for hart {@code hart} of process {@code pid}. */
  boolean covers(int pid, int hart) {
    boolean ours = process == pid || process <= ANY;
    return ours && (thread == hart + 1 || thread == ALL || thread == ANY);
  }
}
