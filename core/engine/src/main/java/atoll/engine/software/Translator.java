package atoll.engine.software;

import atoll.emit.X64Assembler;
import atoll.engine.CodeListener;
import atoll.engine.CodeStore;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.SharedCode;
import atoll.engine.Tuning;
import atoll.engine.hart.SoftHart;
import atoll.engine.translate.RegionWorkshop;
import atoll.engine.translate.TranslatingExecutor;
import atoll.engine.x64.X64Lowering;
import atoll.host.ExecutableMemory;
import atoll.host.HostProcessor;
import atoll.isa.Instruction;
import java.net.URL;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The engine that turns guest code into host code: x86-64 only.
 *
 * <p>Code is interpreted until it proves to be warm, then translated block by block, then, where
 * the hart spends its time, by regions of blocks. Every hart has its own code.
 */
public final class Translator implements Engine {
  /** What {@link X64Lowering} uses beyond the base architecture: processors of 2013 have it. */
  private static final List<String> FEATURES =
      List.of("popcnt", "bmi1", "bmi2", "fma", "sse4_1", "pclmulqdq");

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
    return FEATURES;
  }

  /** Why this engine cannot run on this host, for a person; empty if it can. */
  public static Optional<String> unavailable() {
    if (!HostProcessor.architecture().equals("amd64")) {
      return Optional.of(
          "it generates code for x86-64, and this is " + HostProcessor.architecture());
    }
    Optional<String> noMemory = ExecutableMemory.unavailable();
    List<String> lacking = noMemory.isEmpty() ? HostProcessor.lacks(FEATURES) : List.of();
    return lacking.isEmpty()
        ? noMemory
        : Optional.of("the processor lacks " + String.join(", ", lacking));
  }

  /**
   * Where the code is that decides which host code is made of guest code: what was translated by
   * other code must not be used.
   */
  public static List<URL> origins() {
    return Stream.of(Translator.class, X64Assembler.class, Instruction.class)
        .map(part -> part.getProtectionDomain().getCodeSource().getLocation())
        .toList();
  }

  @Override
  public String name() {
    return "translator";
  }

  @Override
  public Executor executor(Hart hart) {
    return new TranslatingExecutor((SoftHart) hart, tuning, listener, store, shared, workshop);
  }
}
