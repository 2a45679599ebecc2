package atoll.kernel;

import atoll.engine.Exit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Exits of one vCPU by reason: how many, and how many nanoseconds were spent on them outside guest
 * code. Written by the vCPU's thread only; read by any thread, each number being a recent one.
 */
public final class ExitStatistics {
  private final AtomicLongArray counts = new AtomicLongArray(Exit.REASONS);
  private final AtomicLongArray nanos = new AtomicLongArray(Exit.REASONS);

  void increment(int reason) {
    counts.setOpaque(reason, counts.getPlain(reason) + 1);
  }

  void spend(int reason, long duration) {
    nanos.setOpaque(reason, nanos.getPlain(reason) + duration);
  }

  /** How many exits had this reason, one of the constants of {@link Exit}. */
  public long count(int reason) {
    return counts.getOpaque(reason);
  }

  /** Nanoseconds spent serving exits of this reason; for {@link Exit#HALT}, spent waiting. */
  public long nanos(int reason) {
    return nanos.getOpaque(reason);
  }
}
