package atoll.host;

import java.time.Instant;

/** The host's monotonic and wall clocks. */
final class HostClock implements Clock {
  private final long origin = System.nanoTime();

  @Override
  public long nanos() {
    return System.nanoTime() - origin;
  }

  @Override
  public long epochNanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
