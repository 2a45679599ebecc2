package atoll.device;

/**
 * A thread's way into code that is not Atoll's, and that may not come back: what becomes of the
 * vCPU whose exit the thread serves. A vCPU has one at a time.
 */
public interface Excursion {
  /** That of a thread that serves no vCPU. */
  Excursion NOBODYS =
      new Excursion() {
        @Override
        public void begin() {}

        @Override
        public void end() {}

        @Override
        public void goOnWithout() {}

        @Override
        public void abandon() {}

        @Override
        public boolean stopped() {
          return false;
        }
      };

  /** The thread goes there. */
  void begin();

  /**
   * It is back. Throws if it was abandoned meanwhile: it touches nothing any more, and lets that
   * through.
   */
  void end();

  /** Others have the vCPU's physical CPU until it is back, if it is not; any thread. */
  void goOnWithout();

  /** Nobody waits for it any more, if it is not back; its machine ends. Any thread. */
  void abandon();

  /** Whether its vCPU will not go on anyway; any thread. */
  boolean stopped();
}
