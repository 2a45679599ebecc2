package atoll.debug;

import atoll.engine.StopPoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The break and watch points that a debugger has set in one VM (packets {@code Z} and {@code z}).
 */
final class PointTable {
  /** More than any debugger sets, and few to keep. */
  static final int MOST = 4096;

  /** Bytes that are watched in all. */
  private static final long MOST_WATCHED = 16 * StopPoints.MOST_WATCHED;

  // Types of points in the packets; 1 is a breakpoint in hardware.
  private static final int SOFTWARE = 0;
  private static final int STORES = 2;
  private static final int LOADS = 3;
  private static final int BOTH = 4;

  /**
   * One that is set.
   *
   * @param type the packet's digit
   * @param kind for what is watched its length, otherwise the length of an instruction
   */
  record Point(int type, long address, long kind) {
    boolean watches() {
      return type >= STORES;
    }
  }

  private final Set<Point> points = new LinkedHashSet<>();
  private final Map<Long, Long> spaces = new HashMap<>();

  /** Whether there can be one of that type. */
  static boolean known(int type) {
    return type >= SOFTWARE && type <= BOTH;
  }

  /** Sets one, which may be there; false if there are too many, or it cannot be. */
  boolean set(Point point) {
    if (points.size() >= MOST) {
      return false;
    }
    if (point.watches()) {
      long watched = points.stream().filter(Point::watches).mapToLong(Point::kind).sum();
      boolean fits = point.kind > 0 && point.kind <= StopPoints.MOST_WATCHED;
      if (!fits || watched + point.kind > MOST_WATCHED) {
        return false;
      }
    }
    points.add(point);
    return true;
  }

  /** Removes one, which need not be there. */
  void clear(Point point) {
    points.remove(point);
  }

  void clear() {
    points.clear();
    spaces.clear();
  }

  /** Has breakpoints at an address count in one address space only, or in all again. */
  boolean limit(long address, OptionalLong space) {
    if (space.isEmpty()) {
      spaces.remove(address);
      return true;
    }
    if (spaces.size() >= MOST) {
      return false;
    }
    spaces.put(address, space.getAsLong());
    return true;
  }

  /** As harts know them. */
  StopPoints points() {
    List<StopPoints.Breakpoint> breakpoints = new ArrayList<>();
    List<StopPoints.Watchpoint> watchpoints = new ArrayList<>();
    for (Point point : points) {
      if (point.watches()) {
        watchpoints.add(
            new StopPoints.Watchpoint(
                point.address, point.kind, point.type != STORES, point.type != LOADS));
      } else {
        Long space = spaces.get(point.address);
        breakpoints.add(
            new StopPoints.Breakpoint(
                point.address, space == null ? OptionalLong.empty() : OptionalLong.of(space)));
      }
    }
    return new StopPoints(breakpoints, watchpoints);
  }

  /** What a stop at a breakpoint is called in a stop reply. */
  String breakpointReason(long pc) {
    boolean software =
        points.stream().anyMatch(point -> point.type == SOFTWARE && point.address == pc);
    return software ? "swbreak" : "hwbreak";
  }

  /** The same for a watchpoint. */
  String watchpointReason(long address) {
    Optional<Point> met =
        points.stream().filter(point -> point.watches() && point.address == address).findFirst();
    return switch (met.map(Point::type).orElse(STORES)) {
      case LOADS -> "rwatch";
      case BOTH -> "awatch";
      default -> "watch";
    };
  }
}
