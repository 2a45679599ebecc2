package atoll.scenario;

import java.util.Objects;

/**
 * One thing that is wrong with a scenario.
 *
 * @param file as the user named it
 * @param line from 1; 0 if it concerns no line
 * @param column from 1; 0 if it concerns no column
 * @param key where, such as {@code vms.cluster.memory}; empty for the whole file
 * @param message the value, what was expected, and the nearest valid one
 */
public record ScenarioProblem(String file, int line, int column, String key, String message) {
  public ScenarioProblem {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(message, "message");
  }

  /** {@code file:line:column: key: message}, without the parts that are not known. */
  @Override
  public String toString() {
    String place =
        line == 0 ? file : column == 0 ? file + ":" + line : file + ":" + line + ":" + column;
    return key.isEmpty() ? place + ": " + message : place + ": " + key + ": " + message;
  }
}
