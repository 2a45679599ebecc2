package atoll.testkit;

import atoll.engine.Engine;
import atoll.engine.Interpreter;
import atoll.engine.Translator;
import java.util.ArrayList;
import java.util.List;

/** The engines that every conformance test runs on. */
public final class Engines {
  /** Translates what is executed once, and fills its small code area often. */
  private static final Translator.Tuning EAGER = new Translator.Tuning(1, 8, 1, 512, 4 << 20);

  private Engines() {}

  /** All that can run on this host. */
  public static List<Engine> all() {
    List<Engine> engines = new ArrayList<>(List.of(new Interpreter()));
    if (Translator.unavailable().isEmpty()) {
      engines.add(new Translator(EAGER));
    }
    return engines;
  }

  /**
   * The engine of that name.
   *
   * @throws IllegalArgumentException if it cannot run here
   */
  public static Engine named(String name) {
    return all().stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no engine " + name + " here"));
  }
}
