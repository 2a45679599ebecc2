package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.DiskLocation;
import atoll.manager.BoardAction;
import atoll.manager.LifeAction;
import atoll.testkit.Engines;
import atoll.testkit.GuestProgram;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Another image is put in the place of a disk's while a guest writes to it all the time. */
class DiskChangeTest {
  @TempDir private Path folder;

  private TestSystem start(String engine) throws IOException {
    assumeTrue(
        Engines.shipped().stream().anyMatch(e -> e.name().equals(engine)),
        "this host has no " + engine);
    Files.write(folder.resolve("first.img"), new byte[1 << 20]);
    Files.write(folder.resolve("second.img"), new byte[2 << 20]);
    return TestSystem.start(
        folder,
        """
        machine: {cpus: [dedicated], memory: 16M}
        vms:
          writer: {firmware: %s, memory: 16M, engine: %s, disks: [first.img]}
        """
            .formatted(GuestProgram.elf("disk"), engine));
  }

  private Void change(TestSystem system) {
    return system.perform(
        new BoardAction.ChangeDisk(
            "writer", 0, DiskLocation.of(folder.resolve("second.img")), Optional.empty(), false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void requestsUnderWayEndOnTheOldImageWhichIsUnusedThen(String engine)
      throws IOException, InterruptedException {
    try (TestSystem system = start(engine)) {
      system.console("writer").await("flushed 20\r\n", LIMIT);
      change(system);
      // Each request writes a whole generation, so that one in two pieces would be seen.
      assertThat(DiskDurabilityTest.generation(folder.resolve("first.img")))
          .isGreaterThanOrEqualTo(20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"interpreter", "translator"})
  void aPausedGuestFindsAnotherDiskInItsNextLife(String engine)
      throws IOException, InterruptedException {
    try (TestSystem system = start(engine)) {
      ScriptedConsole console = system.console("writer");
      console.await("2048 sectors", LIMIT);
      console.await("flushed 3\r\n", LIMIT);
      system.perform(new LifeAction.Pause("writer"));
      change(system);
      long old = DiskDurabilityTest.generation(folder.resolve("first.img"));
      assertThat(old).isGreaterThanOrEqualTo(3);
      system.perform(new LifeAction.Reset("writer"));
      console.await("4096 sectors", LIMIT);
      console.await("flushed 2\r\n", LIMIT);
      system.perform(new LifeAction.Stop("writer"));
      assertThat(DiskDurabilityTest.generation(folder.resolve("first.img"))).isEqualTo(old);
    }
    assertThat(DiskDurabilityTest.generation(folder.resolve("second.img")))
        .isGreaterThanOrEqualTo(2);
  }
}
