package atoll.scenario;

import atoll.engine.CodeListener;
import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.SharedCode;
import atoll.engine.Tuning;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.engine.software.Workshop;
import atoll.image.RefusedException;
import java.util.List;
import java.util.Optional;

/** The ways to execute guests, and which of them this host can use. */
public final class Engines {
  /** Takes the best. */
  public static final String AUTO = "auto";

  private static final String TRANSLATOR = "translator";

  /** Executes instruction by instruction, on every host. */
  public static final String INTERPRETER = "interpreter";

  /** Everything that can be asked for somewhere. */
  public static final List<String> WORDS = List.of(AUTO, TRANSLATOR, INTERPRETER);

  private static final Optional<String> NO_TRANSLATOR = Translator.unavailable();

  private Engines() {}

  /** The names that can be chosen here besides {@link #AUTO}, best first. */
  public static List<String> names() {
    return NO_TRANSLATOR.isEmpty() ? List.of(TRANSLATOR, INTERPRETER) : List.of(INTERPRETER);
  }

  /**
   * The engine of that name, or the best, by itself.
   *
   * @throws RefusedException if there is none of that name
   */
  public static Engine choose(String name) {
    return choose(name, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * The engine of that name, or the best.
   *
   * @param listener to be told of translated code
   * @param store of code that was translated in earlier runs
   * @param shared code that other machines have translated; not used where there is a listener
   * @param workshop where a part of the translation is done
   * @throws RefusedException if there is none of that name, or none that translates for a listener
   */
  public static Engine choose(
      String name,
      Optional<CodeListener> listener,
      Optional<CodeStore> store,
      Optional<SharedCode> shared,
      Optional<Workshop> workshop) {
    String chosen = name.equals(AUTO) ? names().getFirst() : name;
    return switch (chosen) {
      case TRANSLATOR ->
          translator(listener, store, listener.isPresent() ? Optional.empty() : shared, workshop);
      case INTERPRETER -> interpreter(listener);
      default ->
          throw new RefusedException(
              "there is no engine '%s'; choose %s or %s"
                  .formatted(name, AUTO, String.join(", ", names())));
    };
  }

  private static Engine translator(
      Optional<CodeListener> listener,
      Optional<CodeStore> store,
      Optional<SharedCode> shared,
      Optional<Workshop> workshop) {
    if (NO_TRANSLATOR.isPresent()) {
      throw new RefusedException(
          "the translator cannot run here: %s; use the interpreter".formatted(NO_TRANSLATOR.get()));
    }
    return new Translator(Tuning.DEFAULT, listener, store, shared, workshop);
  }

  private static Engine interpreter(Optional<CodeListener> listener) {
    if (listener.isPresent()) {
      throw new RefusedException(
          "the interpreter generates no code to report on; leave out --engine-log and --perf-map");
    }
    return new Interpreter();
  }

  /** Why {@link #AUTO} takes what it takes, in a few words. */
  public static String reason() {
    return NO_TRANSLATOR
        .map(why -> "the translator cannot run here: " + why)
        .orElse("this host is x86-64 and lets the process generate code");
  }
}
