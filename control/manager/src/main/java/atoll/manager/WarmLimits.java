package atoll.manager;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * How much snapshots of boots may take.
 *
 * @param count of them
 * @param bytes of all together
 * @param age since one was last used
 */
record WarmLimits(int count, long bytes, Duration age) {
  /** A person tries a few configurations, and comes back within a month. */
  static final WarmLimits USUAL = new WarmLimits(16, 1L << 30, Duration.ofDays(30));

  /**
   * A snapshot.
   *
   * @param bytes that it takes of the host's disk
   * @param used when it was made, or used last
   */
  record Kept(String name, long bytes, Instant used) {
    Kept {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(used, "used");
    }
  }

  WarmLimits {
    Objects.requireNonNull(age, "age");
  }

  /** Which of them have to go: what was used longest ago goes first. */
  List<String> surplus(List<Kept> all, Instant now) {
    List<Kept> latestFirst =
        all.stream().sorted(Comparator.comparing(Kept::used).reversed()).toList();
    List<String> surplus = new ArrayList<>();
    long room = bytes;
    for (Kept kept : latestFirst) {
      boolean old = kept.used.plus(age).isBefore(now);
      if (old || kept.bytes > room || latestFirst.indexOf(kept) - surplus.size() >= count) {
        surplus.add(kept.name);
      } else {
        room -= kept.bytes;
      }
    }
    return surplus;
  }
}
