package atoll.scenario;

import java.util.Map;
import java.util.Optional;

/**
 * Where a scenario's keys are in its file, for messages.
 *
 * @param known by key, such as {@code vms.cluster.memory}
 */
public record Places(Map<String, Place> known) {
  /** For a scenario that was not read from a file. */
  public static final Places NONE = new Places(Map.of());

  /**
   * A place in a file.
   *
   * @param line from 1
   * @param column from 1
   */
  public record Place(int line, int column) {}

  public Places {
    known = Map.copyOf(known);
  }

  /** The place of a key, or else of what it belongs to. */
  Optional<Place> of(String key) {
    return find(known, key);
  }

  /** The same in a map that still grows. */
  static Optional<Place> find(Map<String, Place> known, String key) {
    String at = key;
    while (!at.isEmpty() && !known.containsKey(at)) {
      at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
    }
    return Optional.ofNullable(known.get(at));
  }
}
