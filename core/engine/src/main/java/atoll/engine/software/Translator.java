package atoll.engine.software;

import atoll.engine.CodeListener;
import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.SharedCode;
import atoll.engine.Tuning;
import atoll.engine.hart.SoftHart;
import atoll.engine.target.Target;
import atoll.engine.translate.RegionWorkshop;
import atoll.engine.translate.TranslatingExecutor;
import atoll.engine.x64.X64Target;
import atoll.host.ExecutableMemory;
import atoll.host.HostProcessor;
import atoll.isa.Instruction;
import java.net.URL;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The engine that turns guest code into host code, of the processors that there is a {@link Target}
 * for.
 *
 * <p>Code is interpreted until it proves to be warm, then translated block by block, then, where
 * the hart spends its time, by regions of blocks. Every hart has its own code.
 */
public final class Translator implements Engine {
  /** The only place that names one. */
  private static final List<Target> TARGETS = List.of(new X64Target());

  private final Tuning tuning;
  private final CodeListener listener;
  private final Optional<CodeStore> store;
  private final Optional<SharedCode> shared;
  private final Optional<RegionWorkshop> workshop;

  /** Translates as measured best. */
  public Translator() {
    this(Tuning.DEFAULT);
  }

  /** Translates as told. */
  public Translator(Tuning tuning) {
    this(tuning, Optional.empty(), Optional.empty());
  }

  /**
   * Translates as told, alone.
   *
   * @param listener told of code
   * @param store as below
   */
  public Translator(Tuning tuning, Optional<CodeListener> listener, Optional<CodeStore> store) {
    this(tuning, listener, store, Optional.empty());
  }

  /**
   * Translates as told.
   *
   * @param listener told of code
   * @param store where code is taken from, if it is there, and kept
   * @param shared code of other machines that has been translated already; a listener is not told
   *     of it
   */
  public Translator(
      Tuning tuning,
      Optional<CodeListener> listener,
      Optional<CodeStore> store,
      Optional<SharedCode> shared) {
    this(tuning, listener, store, shared, Optional.empty());
  }

  /**
   * The same, with another thread for regions.
   *
   * @param workshop makes them, if the harts do not do so themselves; also for other engines
   */
  public Translator(
      Tuning tuning,
      Optional<CodeListener> listener,
      Optional<CodeStore> store,
      Optional<SharedCode> shared,
      Optional<Workshop> workshop) {
    this.tuning = tuning;
    this.listener = listener.orElse(null);
    this.store = store;
    this.shared = shared;
    this.workshop = workshop.map(all -> all.regions);
  }

  /** What it needs of the host's processor, by Linux's names; {@code ./atoll} looks for it too. */
  public static List<String> features() {
    return TARGETS.stream().flatMap(target -> target.features().stream()).toList();
  }

  /** The one for this host. */
  private static Optional<Target> target() {
    String host = HostProcessor.architecture();
    return TARGETS.stream().filter(target -> target.architecture().equals(host)).findFirst();
  }

  /** Why this engine cannot run on this host, for a person; empty if it can. */
  public static Optional<String> unavailable() {
    Target target = target().orElse(null);
    if (target == null) {
      String known = TARGETS.stream().map(Target::name).collect(Collectors.joining(", "));
      return Optional.of(
          "it generates code for " + known + ", and this is " + HostProcessor.architecture());
    }
    Optional<String> noMemory = ExecutableMemory.unavailable();
    List<String> lacking = noMemory.isEmpty() ? HostProcessor.lacks(target.features()) : List.of();
    return lacking.isEmpty()
        ? noMemory
        : Optional.of("the processor lacks " + String.join(", ", lacking));
  }

  /**
   * Where the code is that decides which host code is made of guest code: what was translated by
   * other code must not be used.
   */
  public static List<URL> origins() {
    Stream<Class<?>> makers = TARGETS.stream().flatMap(target -> target.makers().stream());
    return Stream.concat(Stream.of(Translator.class, Instruction.class), makers)
        .map(part -> part.getProtectionDomain().getCodeSource().getLocation())
        .distinct()
        .toList();
  }

  @Override
  public String name() {
    return "translator";
  }

  @Override
  public Executor executor(Hart hart) {
    return new TranslatingExecutor(
        (SoftHart) hart, target().orElseThrow(), tuning, listener, store, shared, workshop);
  }
}
