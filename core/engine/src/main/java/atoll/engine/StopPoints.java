package atoll.engine;

import java.util.List;
import java.util.OptionalLong;

/**
 * Where a debugger wants the harts of a machine to stop. Addresses are virtual, those that the
 * guest's instructions use: of machine mode as of any other mode, and of a guest's own guest.
 */
public record StopPoints(List<Breakpoint> breakpoints, List<Watchpoint> watchpoints) {
  /** Nowhere. */
  public static final StopPoints NONE = new StopPoints(List.of(), List.of());

  /**
   * A hart stops before it executes the instruction at an address.
   *
   * @param space only where {@code satp}, in a virtual mode {@code vsatp}, is this; empty for
   *     everywhere
   */
  public record Breakpoint(long address, OptionalLong space) {}

  /**
   * A hart stops before an instruction accesses any of {@code length} bytes from {@code address}
   * on.
   *
   * @param length 1 or more
   * @param loads whether a load is such an access
   * @param stores whether a store is one; an atomic instruction is both
   */
  public record Watchpoint(long address, long length, boolean loads, boolean stores) {
    public Watchpoint {
      if (length < 1 || length > MOST_WATCHED) {
        throw new IllegalArgumentException(
            "%d bytes cannot be watched, expected 1 to %d".formatted(length, MOST_WATCHED));
      }
    }
  }

  /** Bytes that one watchpoint can have: each page of them is slow to access. */
  public static final long MOST_WATCHED = 1 << 20;

  public StopPoints {
    breakpoints = List.copyOf(breakpoints);
    watchpoints = List.copyOf(watchpoints);
  }
}
