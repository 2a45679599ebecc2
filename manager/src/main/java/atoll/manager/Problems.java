package atoll.manager;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Where the keys of a file are, and all that is wrong with it. */
final class Problems {
  private final String file;
  private final Map<String, Mark> places = new HashMap<>();
  private final List<ScenarioProblem> found = new ArrayList<>();

  /**
   * @param file as the user named it
   */
  Problems(String file) {
    this.file = file;
  }

  /** Remembers where a key's value is. */
  void locate(String key, Node node) {
    node.getStartMark().ifPresent(mark -> places.putIfAbsent(key, mark));
  }

  /** Something is wrong with a key, which is reported where it, or else what it belongs to, is. */
  void add(String key, String message) {
    add(key, place(key), message);
  }

  /** Something is wrong at a place of its own. */
  void add(String key, Optional<Mark> place, String message) {
    found.add(
        place
            .map(
                at -> new ScenarioProblem(file, at.getLine() + 1, at.getColumn() + 1, key, message))
            .orElseGet(() -> new ScenarioProblem(file, 0, 0, key, message)));
  }

  /** How many there are so far. */
  int count() {
    return found.size();
  }

  /** The line of a key, from 1; 0 if it is not known. */
  int line(String key) {
    return place(key).map(mark -> mark.getLine() + 1).orElse(0);
  }

  /**
   * Ends the reading if something is wrong.
   *
   * @throws ScenarioException with everything in the order of the file
   */
  void throwIfAny() {
    if (!found.isEmpty()) {
      found.sort(
          Comparator.comparingInt(ScenarioProblem::line).thenComparingInt(ScenarioProblem::column));
      throw new ScenarioException(found);
    }
  }

  private Optional<Mark> place(String key) {
    String at = key;
    while (!at.isEmpty() && !places.containsKey(at)) {
      at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
    }
    return Optional.ofNullable(places.get(at));
  }
}
