package atoll.vmm;

import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import java.time.Duration;

/**
 * How much of its memory a machine has written to within a time.
 *
 * @param ramPages pages of RAM, of {@link GuestMemory#PAGE_SIZE} bytes
 * @param windowPages pages of memory that it shares with others
 */
public record WriteSample(long ramPages, long windowPages, Duration period) {
  static WriteSample of(DirtyPages written, Duration period) {
    long ram = written.ramCount();
    return new WriteSample(ram, written.count() - ram, period);
  }

  /** Bytes of these pages. */
  public long bytes() {
    return (ramPages + windowPages) * GuestMemory.PAGE_SIZE;
  }

  /** The same for each second. */
  public long bytesPerSecond() {
    return Math.round(bytes() * 1e9 / period.toNanos());
  }
}
