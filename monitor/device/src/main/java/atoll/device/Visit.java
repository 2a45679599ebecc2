package atoll.device;

import atoll.state.Unsaved;

/** A call of a device's code that is under way. */
@Unsaved("of the call that is being made")
final class Visit {
  private final long offset;
  private final int size;
  private final Thread caller;
  private final Excursion excursion;
  private volatile String method;

  /** How often it has been looked at and was still there. */
  private volatile int looks;

  /** In which method it was then. */
  private volatile String met;

  /**
   * @param method of the user's, for messages
   * @param size bytes of a register that are accessed; 0 for none
   * @param excursion its thread's
   */
  Visit(String method, long offset, int size, Excursion excursion) {
    this.method = method;
    this.offset = offset;
    this.size = size;
    this.excursion = excursion;
    caller = Thread.currentThread();
  }

  /** It goes on with another method. */
  void goOn(String next) {
    method = next;
  }

  Excursion excursion() {
    return excursion;
  }

  /** Where its thread is. */
  StackTraceElement[] place() {
    return caller.getStackTrace();
  }

  int looks() {
    return looks;
  }

  /** By the one that looks. */
  void looked() {
    int more = looks + 1; // by one thread
    met = method;
    looks = more;
  }

  /** The call that was under way when it was last looked at. */
  String met() {
    return text(met);
  }

  private String text(String call) {
    return size == 0 ? call : "%s of %d bytes at 0x%x".formatted(call, size, offset);
  }

  @Override
  public String toString() {
    return text(method);
  }
}
