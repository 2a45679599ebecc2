package atoll.manager;

import atoll.engine.Engine;
import atoll.engine.Interpreter;
import atoll.engine.Translator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The ways to execute guests that this build has, best first. */
public final class Engines {
  /** Takes the best. */
  public static final String AUTO = "auto";

  private static final String TRANSLATOR = "translator";
  private static final Optional<String> NO_TRANSLATOR = Translator.unavailable();

  private static final List<Engine> ALL =
      NO_TRANSLATOR.isEmpty()
          ? List.of(new Translator(), new Interpreter())
          : List.of(new Interpreter());

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
    if (name.equals(TRANSLATOR) && NO_TRANSLATOR.isPresent()) {
      throw new ManagerException(
          "the translator cannot run here: %s; use the interpreter".formatted(NO_TRANSLATOR.get()));
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
    return NO_TRANSLATOR
        .map(why -> "the translator cannot run here: " + why)
        .orElse("this host is x86-64 and lets the process make code");
  }
}
