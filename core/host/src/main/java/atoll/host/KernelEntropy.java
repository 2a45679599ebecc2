package atoll.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Linux's own generator, {@code getrandom(2)}: seeded long before, and without a lock at which
 * machines would wait for one another.
 */
final class KernelEntropy implements EntropySource {
  /** Up to so many bytes are given whole, whatever signal comes. */
  private static final int MOST = 256;

  private static final Optional<HostCall> GETRANDOM =
      HostCall.find("getrandom").filter(call -> call.call(0, 0, 0) == 0);

  private final HostCall getrandom = GETRANDOM.orElseThrow();

  /** Guarded by this. */
  private final MemorySegment given = RawMemory.allocate(MOST);

  /** Whether this host has it. */
  static boolean available() {
    return GETRANDOM.isPresent();
  }

  @Override
  public synchronized void fill(byte[] bytes) {
    for (int at = 0; at < bytes.length; at += MOST) {
      int count = Math.min(MOST, bytes.length - at);
      if (getrandom.call(given.address(), count, 0) != count) {
        throw new HostException("this host gives no randomness any more (getrandom)");
      }
      MemorySegment.copy(given, ValueLayout.JAVA_BYTE, 0, bytes, at, count);
    }
  }
}
