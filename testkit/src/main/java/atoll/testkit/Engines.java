package atoll.testkit;

import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.SharedCode;
import atoll.engine.Tuning;
import atoll.engine.software.Interpreter;
import atoll.engine.software.Translator;
import atoll.engine.software.Workshop;
import atoll.host.Effects;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** The engines that every conformance test runs on. */
public final class Engines {
  /**
   * Translates what is executed once, fills its small code area often, and gives code up whenever
   * the hart idles for a moment.
   */
  private static final Tuning EAGER = new Tuning(1, 8, 1, 512, 4 << 20, 8_000_000);

  /** As users have it: regions are made on another thread. */
  private static final Workshop WORKSHOP = new Workshop(() -> Effects.host().tasks().background());

  private Engines() {}

  /** All that can run on this host; the translator translates what is executed once. */
  public static List<Engine> all() {
    return with(new Translator(EAGER));
  }

  /** The same as users run them, for guests that are large. */
  public static List<Engine> shipped() {
    return with(
        new Translator(
            Tuning.DEFAULT,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(WORKSHOP)));
  }

  /** The one that users get here: for large guests that do not ask how they are executed. */
  public static List<Engine> usual() {
    return List.of(shipped().getLast());
  }

  /** A translator that translates what is executed once, and keeps it. */
  public static Engine keeping(CodeStore store) {
    return new Translator(EAGER, Optional.empty(), Optional.of(store));
  }

  /** A translator that translates what is executed once, and has regions made elsewhere. */
  public static Engine besides(Executor thread) {
    return besides(new Workshop(() -> thread));
  }

  private static Translator besides(Workshop workshop) {
    return new Translator(
        EAGER, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(workshop));
  }

  /** As {@link #all}, but the translator has its regions made on another thread. */
  public static List<Engine> besides() {
    return with(besides(WORKSHOP));
  }

  /**
   * A translator that translates what is executed once, and begins with what others have: it fills
   * its code area never, so that it has something for others at any time.
   */
  public static Engine sharing(SharedCode shared) {
    Tuning roomy =
        new Tuning(EAGER.warm(), EAGER.burst(), EAGER.hot(), EAGER.slice(), 64 << 20, EAGER.idle());
    return new Translator(roomy, Optional.empty(), Optional.empty(), Optional.of(shared));
  }

  private static List<Engine> with(Translator translator) {
    List<Engine> engines = new ArrayList<>(List.of(new Interpreter()));
    if (Translator.unavailable().isEmpty()) {
      engines.add(translator);
    }
    return engines;
  }

  /**
   * The engine of that name among {@link #all}.
   *
   * @throws IllegalArgumentException if it cannot run here
   */
  public static Engine named(String name) {
    return named(name, all());
  }

  /** The same among {@link #besides()}. */
  public static Engine besides(String name) {
    return named(name, besides());
  }

  /** The same among {@link #shipped}. */
  public static Engine shipped(String name) {
    return named(name, shipped());
  }

  private static Engine named(String name, List<Engine> engines) {
    return engines.stream()
        .filter(e -> e.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no engine " + name + " here"));
  }
}
