package atoll.net;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;

/**
 * Who of several guests has how much of what there is only so much of. Half of it is divided among
 * them, so that each can count on its part whatever others do; the other half is for whoever comes
 * first. For one thread.
 */
final class Quota {
  private final long most;
  private final IntSupplier guests;

  /** A number each. */
  private final Map<Object, long[]> held = new HashMap<>();

  private long total;

  /**
   * @param most how much there is
   * @param guests how many share it; the same number once anything is held
   */
  Quota(long most, IntSupplier guests) {
    this.most = most;
    this.guests = guests;
  }

  /** What a guest can count on. */
  private long part() {
    return most / 2 / Math.max(1, guests.getAsInt());
  }

  /** What a guest can have if the others have no more than they can count on. */
  long limit() {
    return most - part() * Math.max(0, guests.getAsInt() - 1);
  }

  /** Whether a guest may have so much more. */
  boolean mayTake(Object guest, long amount) {
    long part = part();
    long had = heldBy(guest);
    if (had + amount <= part) {
      return total + amount <= most;
    }
    long common = had + amount - Math.max(part, had);
    for (long[] each : held.values()) {
      common += Math.max(0, each[0] - part);
    }
    return common <= most - part * Math.max(1, guests.getAsInt());
  }

  /** Whether a guest has more than it can count on. */
  boolean exceeds(Object guest) {
    return heldBy(guest) > part();
  }

  void take(Object guest, long amount) {
    total += amount;
    held.computeIfAbsent(guest, any -> new long[1])[0] += amount;
  }

  void give(Object guest, long amount) {
    take(guest, -amount);
  }

  /** What a guest has. */
  long heldBy(Object guest) {
    long[] own = held.get(guest);
    return own == null ? 0 : own[0];
  }

  /** What all have. */
  long total() {
    return total;
  }
}
