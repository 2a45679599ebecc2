package atoll.scenario;

import atoll.scenario.Places.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Where the keys of a file are, and all that is wrong with it. */
final class Problems {
  private final String file;
  private final Map<String, Place> places = new HashMap<>();
  private final List<ScenarioProblem> found = new ArrayList<>();

  /**
   * @param file as the user named it
   */
  Problems(String file) {
    this.file = file;
  }

  /** Remembers where a key's value is. */
  void locate(String key, Node node) {
    node.getStartMark().ifPresent(mark -> places.putIfAbsent(key, place(mark)));
  }

  /** Something is wrong with a key, which is reported where it, or else what it belongs to, is. */
  void add(String key, String message) {
    report(key, Places.find(places, key), message);
  }

  /** Something is wrong at a place of its own. */
  void add(String key, Optional<Mark> place, String message) {
    report(key, place.map(Problems::place), message);
  }

  private void report(String key, Optional<Place> place, String message) {
    int line = place.map(Place::line).orElse(0);
    int column = place.map(Place::column).orElse(0);
    found.add(new ScenarioProblem(file, line, column, key, message));
  }

  /** Whether something is wrong with a key, or with what belongs to it. */
  boolean about(String key) {
    return found.stream()
        .map(ScenarioProblem::key)
        .anyMatch(other ->
            other.equals(key) || other.startsWith(key + ".") || other.startsWith(key + "["));
  }

  /** All, in the order of the file. */
  List<ScenarioProblem> all() {
    return found.isEmpty() ? List.of() : ScenarioException.inOrder(found).problems();
  }

  /** How many there are so far. */
  int count() {
    return found.size();
  }

  /** The line of a key, from 1; 0 if it is not known. */
  int line(String key) {
    return Places.find(places, key).map(Place::line).orElse(0);
  }

  /**
   * Ends the reading if something is wrong.
   *
   * @throws ScenarioException with everything in the order of the file
   */
  void throwIfAny() {
    if (!found.isEmpty()) {
      throw ScenarioException.inOrder(found);
    }
  }

  /** Where the keys are. */
  Places places() {
    return new Places(places);
  }

  private static Place place(Mark mark) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1);
  }
}
