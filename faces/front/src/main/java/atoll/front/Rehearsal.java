package atoll.front;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.GuestProgram;
import atoll.manager.Bytes;
import atoll.manager.Manager;
import atoll.manager.VmAction;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What a build has the JVM learn from (docs/adr/0003-jvm-flags.md): beside a run, a guest that is
 * saved and goes on, so that later starts find the classes for both in the cache.
 */
final class Rehearsal {
  /** The word for it, which no user is told. */
  static final String WORD = "rehearse";

  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int TRIES = 100;
  private static final String NAME = "rehearsal";

  private final Clock clock;
  private final Effects effects;
  private final UnaryOperator<String> environment;

  Rehearsal(Clock clock, Effects effects, UnaryOperator<String> environment) {
    this.clock = clock;
    this.effects = effects;
    this.environment = environment;
  }

  /** Saves a guest and has it go on, in a folder that is gone afterwards. */
  void perform() throws IOException {
    Path folder = Files.createTempDirectory("atoll-" + NAME);
    try {
      Manager manager =
          new Manager(
              clock,
              effects,
              name -> name.startsWith("XDG_") ? folder.toString() : environment.apply(name),
              true);
      VmDescription vm =
          VmDescription.builder(NAME, new Guest.Program(GuestProgram.HELLO, ""))
              .memory(16 << 20)
              .build();
      VmAction.CreateSystem create =
          new VmAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of(), true);
      boolean ignored = manager.perform(new VmAction.IsWarm(create));
      manager.perform(create);
      manager.perform(new VmAction.StartSystem());
      Object unusedReport = manager.perform(new VmAction.SaveSnapshot(NAME));
      manager.perform(new VmAction.StopSystem());
      Object unusedEnd = manager.perform(new VmAction.CloseSystem());
      goOn(manager);
    } finally {
      remove(folder);
    }
  }

  private static void goOn(Manager manager) {
    Scenario saved = manager.perform(new VmAction.ReadSnapshot(NAME));
    manager.perform(new VmAction.RestoreSystem(NAME, saved, Guest.Linux.NO_TERMINAL, Map.of()));
    manager.perform(new VmAction.StartSystem());
    boolean ended = false;
    // A guest that still sets up its UART loses what it is typed.
    for (int i = 0; i < TRIES && !ended; i++) {
      int ignored = manager.perform(new VmAction.Type(NAME, Bytes.of("poweroff\r")));
      ended = manager.perform(new VmAction.AwaitSystem(PAUSE));
    }
    if (!ended) {
      throw new HostException("the guest that was saved has not ended");
    }
    Object unusedEnd = manager.perform(new VmAction.CloseSystem());
  }

  private static void remove(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(folder)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
