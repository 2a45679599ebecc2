package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.disk.DiskImages;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.manager.Event;
import atoll.manager.KeyAction;
import atoll.manager.LifeAction;
import atoll.manager.Manager;
import atoll.manager.MigrationAction;
import atoll.manager.MigrationReport;
import atoll.manager.VmStatus;
import atoll.testkit.Engines;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A system moves to another manager while it runs, over a real connection with TLS. */
@ParameterizedClass
@MethodSource("engines")
class MigrationTest {
  private static final String ANY = "127.0.0.1:0";

  /** So that no host is too slow for it. */
  private static final Duration DOWNTIME = Duration.ofMinutes(1);

  private static final Path NOWHERE = Path.of("nowhere");

  @Parameter String engine;
  @TempDir Path folder;
  private Manager target;

  static List<String> engines() {
    return Engines.shipped().stream().map(engine -> engine.name()).toList();
  }

  private UnaryOperator<String> environment(String host) {
    Path own = folder.resolve(host);
    Map<String, String> set =
        Map.of("XDG_CONFIG_HOME", own.toString(), "XDG_DATA_HOME", own.toString());
    return name -> set.getOrDefault(name, System.getenv(name));
  }

  private Manager manager(String host) {
    return new Manager(Clock.host(), Effects.host(), environment(host));
  }

  @BeforeEach
  void hostsTrustEachOther() {
    target = manager("other");
    Manager source = manager("one");
    String one = source.perform(new KeyAction.MakeKey("host"));
    String other = target.perform(new KeyAction.MakeKey("host"));
    source.perform(new KeyAction.TrustHost("other", other));
    target.perform(new KeyAction.TrustHost("one", one));
  }

  private TestSystem start(String vms) throws Exception {
    String text = "name: moving\nmachine: {cpus: 2, memory: 256M}\n" + vms.formatted(engine);
    return TestSystem.start(Files.writeString(folder.resolve("s.yaml"), text), environment("one"));
  }

  private TestSystem hello() throws Exception {
    TestSystem system =
        start("vms:\n  vm: {builtin: hello, engine: %s, memory: 64M, restart: never}\n");
    requireAnswer(system, "> ", "first");
    return system;
  }

  /** The guest is there, and reads. */
  private static void requireAnswer(TestSystem system, String after, String word)
      throws InterruptedException {
    String ignored = system.console("vm").await(after, LIMIT);
    system.console("vm").type(word + "\r");
    String answer = system.console("vm").await(word + ": not a command", LIMIT);
    assertThat(answer).isNotEmpty();
  }

  /** Where systems can come. */
  private String open() {
    return target.perform(
        new MigrationAction.OpenReception(
            ANY, folder, List.of(GuestProgram.elf("rtostest").getParent())));
  }

  /** The one that comes in the end, whatever did not before. */
  private CompletableFuture<TestSystem> arriving() {
    return CompletableFuture.supplyAsync(() -> {
      while (true) {
        try {
          return TestSystem.arrive(target);
        } catch (RefusedException e) {
          // The next one.
        }
      }
    });
  }

  private static MigrationAction.Migrate to(String there, String... vms) {
    return new MigrationAction.Migrate(
        there, List.of(vms), DOWNTIME, MigrationAction.Migrate.LIMIT);
  }

  @Test
  void aGuestGoesOnAtTheOtherHostAndEndsHere() throws Exception {
    CompletableFuture<TestSystem> coming;
    try (TestSystem source = hello()) {
      String there = open();
      coming = arriving();
      MigrationReport report = source.perform(to(there));

      source.awaitOver(LIMIT);
      assertThat(report.rounds()).isPositive();
      assertThat(report.downtime()).isPositive();
      assertThat(source.vm("vm").status()).isEqualTo(VmStatus.STOPPED);
      assertThat(source.events())
          .anyMatch(event -> event instanceof Event.Migrated moved && moved.vms().contains("vm"))
          .noneMatch(Event.Stopped.class::isInstance);
      assertThatThrownBy(() -> source.perform(new LifeAction.Start("vm")))
          .isInstanceOf(RefusedException.class);
    }
    try (TestSystem arrived = coming.get()) {
      arrived.console("vm").type("second\r");
      arrived.console("vm").await("second: not a command", LIMIT);
      arrived.console("vm").type("poweroff 3\r");
      assertThat(arrived.awaitEnd("vm", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(3));
    }
  }

  @Test
  void aGuestThatChecksItselfNoticesNothing() throws Exception {
    CompletableFuture<TestSystem> coming;
    String before;
    try (TestSystem source =
        start(
            "vms:\n  vm: {kernel: %s, append: turns=300, engine: %%s, memory: 64M}\n"
                .formatted(GuestProgram.elf("rtostest")))) {
      source.console("vm").await("\n", LIMIT);
      String there = open();
      coming = arriving();
      MigrationReport ignored = source.perform(to(there));
      source.awaitOver(LIMIT);
      before = source.console("vm").text();
    }
    try (TestSystem arrived = coming.get()) {
      TestSystem.End end = arrived.awaitEnd("vm", 1, LIMIT);
      String all = before + arrived.console("vm").text();
      assertThat(all).contains("verdict: PASS").doesNotContain("FAIL");
      assertThat(end.outcome()).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  private TestSystem withDisk() throws Exception {
    Path ignored = Files.write(folder.resolve("d.img"), new byte[1 << 20]);
    TestSystem system =
        start("vms:\n  vm: {builtin: hello, engine: %s, memory: 64M, disks: [d.img]}\n");
    requireAnswer(system, "> ", "first");
    return system;
  }

  private MigrationAction.Migrate sharing(String there) {
    return new MigrationAction.Migrate(
        there, List.of(), DOWNTIME, MigrationAction.Migrate.LIMIT, List.of(folder));
  }

  /** Nobody else can have it, so that one end has it. */
  private void requireHeld() {
    assertThatThrownBy(() -> DiskImages.hold(folder.resolve("d.img")))
        .hasMessageContaining("is in use");
  }

  @Test
  void aSharedDiskIsNotCopiedAndHeldByTheEndThatRunsIt() throws Exception {
    CompletableFuture<TestSystem> coming;
    Path disks = Files.createDirectory(folder.resolve("disks"));
    try (TestSystem source = withDisk()) {
      String unlent = target.perform(new MigrationAction.OpenReception(ANY, disks, List.of()));
      assertThatThrownBy(() -> source.perform(sharing(unlent)))
          .hasMessageContaining("vm would use")
          .hasMessageContaining("atoll receive --files");
      requireAnswer(source, "", "again");
      requireHeld();
      target.perform(new MigrationAction.CloseReception());

      String there = target.perform(new MigrationAction.OpenReception(ANY, disks, List.of(folder)));
      assertThatThrownBy(() ->
              source.perform(
                  new MigrationAction.Migrate(
                      there, List.of(), DOWNTIME, MigrationAction.Migrate.LIMIT, List.of(disks))))
          .hasMessageContaining("no disk that moves is in");
      coming = arriving();
      MigrationReport ignored = source.perform(sharing(there));
      source.awaitOver(LIMIT);
      assertThat(source.notices()).isEmpty();
      requireHeld();
    }
    try (TestSystem arrived = coming.get()) {
      requireHeld();
      arrived.console("vm").type("poweroff 3\r");
      assertThat(arrived.awaitEnd("vm", 1, LIMIT).outcome()).isEqualTo(new Outcome.Poweroff(3));
    }
    DiskImages.hold(folder.resolve("d.img")).close();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith(".atoll"));
    }
    assertThat(disks).isEmptyDirectory();
  }

  /** After each record of the target's: it answers at one end, or a person must say which. */
  @Test
  void whereverTheConnectionIsCutOneEndRunsIt() throws Exception {
    try (TestSystem source = withDisk()) {
      String there =
          target.perform(new MigrationAction.OpenReception(ANY, NOWHERE, List.of(folder)));
      CompletableFuture<TestSystem> coming = arriving();
      boolean moved = false;
      boolean doubted = false;
      for (int records = 0; !moved; records++) {
        try (RecordProxy proxy = new RecordProxy(there, records)) {
          MigrationReport ignored = source.perform(sharing(proxy.address()));
          moved = true;
        } catch (RefusedException e) {
          if (source.vm("vm").status() == VmStatus.RUNNING) {
            assertThat(e).hasMessageContaining("stays here");
            requireHeld();
            source.console("vm").type("cut" + records + "\r");
            source.console("vm").await("cut" + records + ": not a command", LIMIT);
          } else {
            doubted = true;
            moved = resolved(source, e);
          }
        }
        if (moved) {
          source.awaitOver(LIMIT);
          try (TestSystem arrived = coming.get()) {
            requireHeld();
            arrived.console("vm").type("last\r");
            arrived.console("vm").await("last: not a command", LIMIT);
          }
        }
      }
      assertThat(doubted).isTrue();
    }
  }

  /** It has been let go at the target, which this test knows and the source does not. */
  private static boolean resolved(TestSystem source, RefusedException doubt) {
    assertThat(doubt).hasMessageContaining("--resume").hasMessageContaining("--give-up");
    assertThat(source.vm("vm").status()).isEqualTo(VmStatus.PAUSED);
    assertThatThrownBy(() -> source.perform(new LifeAction.Resume("vm")))
        .hasMessageContaining("may run at the host");
    assertThatThrownBy(() -> source.perform(new LifeAction.Reset("vm")))
        .hasMessageContaining("may run at the host");
    assertThat(source.events()).anyMatch(Event.MigrationDoubted.class::isInstance);
    assertThatThrownBy(() -> source.perform(new MigrationAction.ResolveMigration(true)))
        .hasMessageContaining("is in use"); // the disk says that it runs there
    source.perform(new MigrationAction.ResolveMigration(false));
    return true;
  }

  @Test
  void aHostThatIsNotTrustedIsRefusedAtEitherEnd() throws Exception {
    try (TestSystem source = hello()) {
      String there = open();
      source.perform(new KeyAction.ForgetHost("other"));
      assertThatThrownBy(() -> source.perform(to(there)))
          .hasMessageContaining("stays here")
          .hasMessageContaining("atoll keys trust NAME ed25519:");
      requireAnswer(source, "> ", "again");
    }
  }

  @Test
  void whatDoesNotFitThereStaysHereWithTheReason() throws Exception {
    Files.write(folder.resolve("d.img"), new byte[1 << 20]);
    try (TestSystem source =
        start("vms:\n  vm: {builtin: hello, engine: %s, memory: 64M, disks: [d.img]}\n")) {
      String there = target.perform(new MigrationAction.OpenReception(ANY, NOWHERE, List.of()));
      assertThatThrownBy(() -> source.perform(to(there)))
          .hasMessageContaining("stays here")
          .hasMessageContaining("no folder nowhere");
      requireAnswer(source, "> ", "again");
    }
  }

  @Test
  void filesOfTheOtherHostAreNotForWhoeverComes() throws Exception {
    try (TestSystem source =
        start(
            "vms:\n  vm: {kernel: %s, append: turns=300, engine: %%s, memory: 64M}\n"
                .formatted(GuestProgram.elf("rtostest")))) {
      String there = target.perform(new MigrationAction.OpenReception(ANY, folder, List.of()));
      assertThatThrownBy(() -> source.perform(to(there)))
          .hasMessageContaining("vm would use")
          .hasMessageContaining("atoll receive --files");
      assertThat(source.vm("vm").status()).isEqualTo(VmStatus.RUNNING);
    }
  }

  @Test
  void whatWouldPartIsNotMovedAndOthersAre() throws Exception {
    CompletableFuture<TestSystem> coming;
    try (TestSystem source =
        start(
            """
            vms:
              one: {builtin: hello, engine: %1$s, memory: 16M}
              other: {builtin: hello, engine: %1$s, memory: 16M}
              vm: {builtin: hello, engine: %1$s, memory: 16M}
            channels:
              link: {size: 4K, between: {one: read-write, other: read-only}}
            """)) {
      String there = open();
      assertThatThrownBy(() -> source.perform(to(there, "one")))
          .hasMessageContaining("channel link is between one and other");
      assertThatThrownBy(() -> source.perform(to(there, "nobody")))
          .hasMessageContaining("no VM 'nobody'");
      coming = arriving();
      MigrationReport ignored = source.perform(to(there, "vm"));
      source.console("one").await("> ", LIMIT);
      source.console("one").type("here\r");
      source.console("one").await("here: not a command", LIMIT);
      assertThat(source.vm("one").status()).isEqualTo(VmStatus.RUNNING);
      try (TestSystem arrived = coming.get()) {
        assertThat(arrived.scenario().vms()).hasSize(1);
        requireAnswer(arrived, "", "there");
      }
    }
  }
}
