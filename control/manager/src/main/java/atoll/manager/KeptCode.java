package atoll.manager;

import atoll.codestore.CodeLibrary;
import atoll.codestore.LateStore;
import atoll.engine.CodeStore;
import atoll.engine.software.Workshop;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.scenario.CpuPolicy;
import atoll.scenario.PcpuDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What all systems share of translated code: that of earlier runs, and of this one for later runs;
 * and the thread that makes a part of it.
 */
final class KeptCode {
  /** The variable that switches it off by the value {@code off}. */
  private static final String VARIABLE = "ATOLL_TRANSLATION_CACHE";

  private final Path folder;
  private final Clock clock;
  private final Effects effects;
  private final boolean allowed;
  private boolean wanted;
  private Optional<CodeLibrary> library = Optional.empty();
  private boolean opened;
  private final Workshop workshop;

  /**
   * @param cache the user's folder for what can be made again
   * @param wanted whether there is to be any
   */
  KeptCode(
      Path cache, Clock clock, Effects effects, boolean wanted, UnaryOperator<String> environment) {
    folder = cache.resolve("translations");
    this.clock = clock;
    this.effects = effects;
    this.wanted = wanted;
    workshop = new Workshop(() -> effects.tasks().background());
    allowed = !"off".equals(environment.apply(VARIABLE));
  }

  /** Whether there is to be any from now on. */
  synchronized void want(boolean yes) {
    wanted = yes;
  }

  /** It, opened when it is first needed. */
  synchronized Optional<CodeStore> store() {
    if (!wanted || !allowed) {
      return Optional.empty();
    }
    if (!opened) {
      library = CodeLibrary.open(folder, effects, clock);
      opened = true;
    }
    return library.map(CodeStore.class::cast);
  }

  /** The same for a machine that may need little: opened when it needs much. */
  synchronized Optional<CodeStore> lateStore() {
    return wanted && allowed
        ? Optional.of(new LateStore(this::store, effects.tasks()))
        : Optional.empty();
  }

  /**
   * Where a part of the translation is done on another thread, which is started when it is first
   * needed: if somebody's turn on a platform's CPUs waits for what is translated there, and the
   * host has a processor for it. Elsewhere that thread would only cost what its waking costs.
   */
  Optional<Workshop> workshop(List<PcpuDescription> cpus) {
    boolean punctual = cpus.stream().map(PcpuDescription::policy).anyMatch(CpuPolicy::isPunctual);
    return punctual && Runtime.getRuntime().availableProcessors() > 1
        ? Optional.of(workshop)
        : Optional.empty();
  }

  /** What has been translated is found by later runs from now on. */
  synchronized void publish() {
    library.ifPresent(CodeLibrary::publish);
  }
}
