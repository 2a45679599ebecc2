package atoll.manager;

import atoll.image.ByteSize;
import atoll.image.RefusedException;

/**
 * The room that the JVM's heap must have for a machine. With less, what guests' code is decoded and
 * translated to is collected and made again all the time, and the machine crawls.
 */
public final class HeapRoom {
  /** What is asked for; the JVM calls some of it its own. */
  private static final long LEAST = 64L << 20;

  private static final long OWN = 4L << 20;

  private HeapRoom() {}

  /**
   * Looks at it before anything is made.
   *
   * @param most bytes that the heap can grow to
   * @param remedy how it is given more
   * @throws RefusedException if a machine would crawl
   */
  public static void require(long most, String remedy) {
    if (most < LEAST - OWN) {
      throw new RefusedException(
          "the JVM's heap can have %s at most, expected %s or more; give it more, such as by %s"
              .formatted(ByteSize.format(most >> 20 << 20), ByteSize.format(LEAST), remedy));
    }
  }
}
