package atoll.report;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Gathers names as they are found, and keeps the best of those for one address. */
final class SymbolCollector {
  /** A kernel with all its symbols has a tenth of that. */
  private static final int MOST = 2_000_000;

  private static final int LONGEST = 200;

  private final TreeMap<Long, Place> places = new TreeMap<>(Long::compareUnsigned);

  private record Place(String name, long size, boolean function) {}

  /** Whether there is room for more. */
  boolean open() {
    return places.size() < MOST;
  }

  /**
   * Adds a name, unless it is the tools' own, such as {@code $x} and {@code .L1}.
   *
   * @param size bytes of what has it; 0 if that is not known
   * @param function whether it is code, which goes before data
   */
  void add(long address, byte[] name, long size, boolean function) {
    if (name.length > 0 && name.length <= LONGEST && wellFormed(name)) {
      Place place = new Place(new String(name, StandardCharsets.UTF_8), size, function);
      places.merge(address, place, (a, b) -> better(a, b));
    }
  }

  private static Place better(Place first, Place second) {
    return second.function && !first.function ? second : first;
  }

  private static boolean wellFormed(byte[] name) {
    boolean well = !Character.isDigit(name[0]) && name[0] != '.' && name[0] != '$';
    for (byte b : name) {
      well &= Character.isLetterOrDigit(b & 0x7f) && b > 0 || b == '_' || b == '.' || b == '$';
    }
    return well;
  }

  void clear() {
    places.clear();
  }

  Symbols symbols() {
    long[] addresses = places.keySet().stream().mapToLong(Long::longValue).toArray();
    List<Place> sorted = new ArrayList<>(places.values());
    return Symbols.sorted(
        addresses,
        sorted.stream().mapToLong(Place::size).toArray(),
        sorted.stream().map(Place::name).toArray(String[]::new));
  }
}
