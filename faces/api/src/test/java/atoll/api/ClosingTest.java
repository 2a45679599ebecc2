package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Everything that was opened is closed, whatever ends a test. */
class ClosingTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int ROUNDS = Integer.getInteger("atoll.test.rounds", 40);
  private static final int WARM_UP = ROUNDS / 4;
  private static final long MIB = 1 << 20;

  @TempDir Path folder;

  private static AtollSystem started() {
    AtollSystem system = Atoll.hello().memory("16M").start();
    system.vm().console().expect("> ", LIMIT);
    return system;
  }

  @Test
  void aClosedSystemRefusesAndIsClosedOnce() {
    AtollSystem system = started();
    system.close();
    system.close();
    assertThat(system.vm().state()).isEqualTo(VmState.STOPPED);
    assertThat(system.vm().console().text()).contains("Hello from");
    assertThatThrownBy(system::time).isInstanceOf(AtollException.class);
    assertThatThrownBy(() -> system.vm().console().expect("x")).isInstanceOf(AtollException.class);
    assertThatThrownBy(() -> system.vm().memory().read(0x8000_0000L, 1))
        .isInstanceOf(AtollException.class);
  }

  @Test
  void whoWaitsIsToldOfAClose() throws Exception {
    AtollSystem system = started();
    CompletableFuture<ExpectationException.Reason> told = new CompletableFuture<>();
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                system.vm().console().expect("never", LIMIT);
              } catch (ExpectationException e) {
                told.complete(e.reason());
              }
            });
    awaitState(waiting);
    system.close();
    assertThat(told.get())
        .isIn(ExpectationException.Reason.CLOSED, ExpectationException.Reason.ENDED);
  }

  @Test
  void anInterruptEndsAWaitAndNotTheSystem() throws Exception {
    try (AtollSystem system = started()) {
      CompletableFuture<Boolean> told = new CompletableFuture<>();
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  system.vm().console().expect("never", LIMIT);
                } catch (InterruptedWaitException e) {
                  told.complete(Thread.currentThread().isInterrupted());
                }
              });
      awaitState(waiting);
      waiting.interrupt();
      assertThat(told.get()).isTrue();
      system.vm().console().sendLine("echo alive");
      system.vm().console().expect("alive", LIMIT);
    }
  }

  private static void awaitState(Thread waiting) {
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  /** A file channel that an interrupted thread uses would be closed for the VM. */
  @Test
  void anInterruptedThreadLeavesDisksAloneAndClosesEverything() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[1 << 16]);
    AtollSystem system = Atoll.hello().memory("16M").disk(disk).start();
    system.vm().console().expect("> ", LIMIT);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> system.vm().growDisk(0, 1 << 17))
        .isInstanceOf(InterruptedWaitException.class);
    system.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(system.vm().state()).isEqualTo(VmState.STOPPED);
    assertThat(Files.size(disk)).isEqualTo(1 << 16);
    try (AtollSystem again = Atoll.hello().memory("16M").disk(disk).start()) { // unlocked
      again.vm().growDisk(0, 1 << 18);
      assertThat(Files.size(disk)).isEqualTo(1 << 18);
    }
  }

  @Test
  void aDiskHasTheImageThatItWasGivenLast() throws IOException {
    Path first = Files.write(folder.resolve("first.img"), new byte[1 << 16]);
    Path other = Files.write(folder.resolve("other.img"), new byte[1 << 16]);
    try (AtollSystem system = Atoll.hello().memory("16M").disk(first).start()) {
      system.vm().changeDisk(0, other);
      system.vm().growDisk(0, 1 << 17);
      assertThat(Files.size(first)).isEqualTo(1 << 16);
      assertThat(Files.size(other)).isEqualTo(1 << 17);
      assertThatThrownBy(() -> system.vm().changeDisk(0, folder.resolve("none.img")))
          .isInstanceOf(AtollException.class)
          .hasMessageContaining("none.img does not exist");
    }
  }

  @Test
  void anInterruptedMakingLeavesNothing() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Atoll.hello().start()).isInstanceOf(InterruptedWaitException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aForgottenSystemIsClosedOnceItIsGarbage() {
    SystemLife[] life = new SystemLife[1];
    WeakReference<AtollSystem> system = forgotten(life);
    while (system.get() != null || life[0].watch().ask("vm", VmWatch::alive)) {
      System.gc();
      Thread.onSpinWait();
    }
    assertThat(life[0].watch().ask("vm", VmWatch::over)).isTrue();
  }

  private static WeakReference<AtollSystem> forgotten(SystemLife[] life) {
    AtollSystem system = started();
    life[0] = system.life();
    return new WeakReference<>(system);
  }

  /** What must not grow. */
  private record Footprint(int threads, long files, long mappings, long heap) {
    static Footprint now() throws IOException {
      System.gc();
      return new Footprint(
          ManagementFactory.getThreadMXBean().getThreadCount(),
          Path.of("/proc/self/fd").toFile().list().length,
          Files.readAllLines(Path.of("/proc/self/maps")).size(),
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }

  /** As many as {@code -Datoll.test.rounds} says. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void systemsInARowLeaveNothingBehind() throws IOException {
    rounds(WARM_UP);
    Footprint before = Footprint.now();
    rounds(ROUNDS);
    Footprint after = Footprint.now();
    assertThat(after.threads).isLessThanOrEqualTo(before.threads + 4);
    assertThat(after.files).isLessThanOrEqualTo(before.files + 4);
    assertThat(after.mappings).isLessThanOrEqualTo(before.mappings + 60);
    assertThat(after.heap).isLessThanOrEqualTo(before.heap + 8 * MIB);
  }

  private void rounds(int count) throws IOException {
    Path disk = Files.write(folder.resolve("rounds.img"), new byte[1 << 16]);
    for (int n = 0; n < count; n++) {
      try (AtollSystem system =
          Atoll.hello().memory("16M").disk(disk).file("/unused", new byte[1]).start()) {
        system.vm().console().expect("> ", LIMIT);
      }
    }
  }
}
