package atoll.isa;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of names while text is assembled, which is done twice: the first time collects labels,
 * the second one knows them all.
 */
final class SymbolTable {
  private final Map<String, Long> labels = new HashMap<>();
  private final Map<String, Long> constants = new HashMap<>();
  private final Map<String, List<Long>> numbered = new HashMap<>();
  private final Map<String, Integer> passed = new HashMap<>();
  private boolean second;

  void startSecondPass() {
    second = true;
    passed.clear();
  }

  /** Whether a name that is not here may still come. */
  boolean incomplete() {
    return !second;
  }

  /** A label: a name, or a number that may be used again. */
  void label(String name, long address) {
    if (Character.isDigit(name.charAt(0))) {
      numbered(name, address);
    } else if (!second && (labels.containsKey(name) || constants.containsKey(name))) {
      throw new IllegalArgumentException("label " + name + " is already defined");
    } else {
      labels.put(name, address);
    }
  }

  private void numbered(String number, long address) {
    if (!second) {
      numbered.computeIfAbsent(number, n -> new ArrayList<>()).add(address);
    }
    passed.merge(number, 1, Integer::sum);
  }

  /** {@code .equ}: may be changed later. */
  void constant(String name, long value) {
    if (labels.containsKey(name)) {
      throw new IllegalArgumentException(name + " is already a label");
    }
    constants.put(name, value);
  }

  /** What {@code name} means here, {@code 1b} and {@code 1f} included; null if that is unknown. */
  Long value(String name) {
    if (Character.isDigit(name.charAt(0))) {
      return numberedValue(name);
    }
    Long constant = constants.get(name);
    return constant != null ? constant : labels.get(name);
  }

  private Long numberedValue(String name) {
    String number = name.substring(0, name.length() - 1);
    int next = passed.getOrDefault(number, 0);
    int index = name.endsWith("b") ? next - 1 : next;
    List<Long> places = numbered.getOrDefault(number, List.of());
    return index >= 0 && index < places.size() ? places.get(index) : null;
  }
}
