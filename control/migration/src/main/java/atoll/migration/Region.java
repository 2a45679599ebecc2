package atoll.migration;

import java.util.Objects;

/**
 * Bytes that move: memory or a disk.
 *
 * @param name for people, such as {@code memory of vm}
 * @param bytes how many
 */
public record Region(String name, long bytes) {
  /** What is moved at a time, in bytes. */
  public static final int PAGE = 4096;

  /** A page has a number of 32 bits on the wire, of which the receiving end uses 31. */
  public static final long MOST = (long) Integer.MAX_VALUE * PAGE;

  public Region {
    Objects.requireNonNull(name, "name");
    if (bytes < 0 || bytes > MOST) {
      throw new IllegalArgumentException(
          "%s has %d bytes, expected 0 to %d".formatted(name, bytes, MOST));
    }
  }

  /** How many pages it has; the last may be a part of one. */
  public int pages() {
    return (int) ((bytes + PAGE - 1) / PAGE);
  }

  /** How many bytes a page has. */
  int length(int page) {
    return (int) Math.min(PAGE, bytes - (long) page * PAGE);
  }
}
