package atoll.manager;

import atoll.engine.Engine;
import atoll.engine.Interpreter;
import java.util.List;
import java.util.stream.Collectors;

/** The ways to execute guests that this build has, best first. */
public final class Engines {
  /** Takes the best. */
  public static final String AUTO = "auto";

  private static final List<Engine> ALL = List.of(new Interpreter());

  private Engines() {}

  /** The names that {@link #choose} takes besides {@link #AUTO}, best first. */
  public static List<String> names() {
    return ALL.stream().map(Engine::name).toList();
  }

  /**
   * The engine of that name, or the best.
   *
   * @throws ManagerException if there is none of that name
   */
  static Engine choose(String name) {
    if (name.equals(AUTO)) {
      return ALL.getFirst();
    }
    return ALL.stream()
        .filter(engine -> engine.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new ManagerException(
                "there is no engine '%s'; choose %s or %s"
                    .formatted(name, AUTO, names().stream().collect(Collectors.joining(", ")))));
  }

  /** Why {@link #AUTO} takes what it takes, in a few words. */
  static String reason() {
    return "the only engine of this version; it runs on every host";
  }
}
