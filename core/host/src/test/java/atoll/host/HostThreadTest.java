package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class HostThreadTest {
  private static final Executor NEW_THREAD = task -> Thread.ofPlatform().start(task);

  private static String allowed() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String slack() {
    try {
      Path thread = Path.of("/proc/thread-self").toRealPath().getFileName();
      return Files.readString(Path.of("/proc", thread.toString(), "timerslack_ns")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theUsableCpusAreThoseThatTheHostAllows() {
    StringBuilder listed = new StringBuilder();
    var usable = HostThread.usableCpus().orElseThrow();
    for (int from = usable.nextSetBit(0); from >= 0; ) {
      int to = usable.nextClearBit(from) - 1;
      listed.append(listed.isEmpty() ? "" : ",").append(from).append(to > from ? "-" + to : "");
      from = usable.nextSetBit(to + 1);
    }
    assertThat(listed).hasToString(allowed());
  }

  @Test
  void boundThreadMayRunOnItsCpuOnlyAndOthersAreNotTouched() {
    String before = allowed();
    int cpu = Integer.parseInt(before.replaceFirst(".*[-,]", "")); // the last, as of 0-1 or 0,2
    String bound =
        CompletableFuture.supplyAsync(() -> HostThread.bind(cpu) + " " + allowed(), NEW_THREAD)
            .join();
    assertThat(bound).isEqualTo("true " + cpu);
    assertThat(allowed()).isEqualTo(before);
  }

  @Test
  void cpuThatTheHostHasNotIsRefused() {
    assertThat(HostThread.bind(1023)).isFalse();
    assertThat(HostThread.bind(1024)).isFalse();
    assertThat(HostThread.bind(-1)).isFalse();
  }

  /** What the host's scheduler says of the calling thread; empty if it says nothing of that. */
  private static Optional<String> slice() {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/sched")).stream()
          .filter(line -> line.startsWith("se.slice"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Test
  void sliceIsTheThreadsOwnAndLeavesItsPriorityAsItIs() {
    assumeTrue(slice().isPresent(), "this host has no slices, or does not show them");
    Optional<String> before = slice();
    String taken =
        CompletableFuture.supplyAsync(
                () -> HostThread.slice(100_000) + " " + slice().orElseThrow(), NEW_THREAD)
            .join();
    assertThat(taken).isEqualTo("true 100000");
    assertThat(slice()).isEqualTo(before);
  }

  /** The calling thread's nice value: the 17th word behind its name. */
  private static int nice() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whoGivesWayHasALowerPriorityAndOthersKeepTheirs() {
    int before = nice();
    String lower =
        CompletableFuture.supplyAsync(() -> HostThread.giveWay() + " " + nice(), NEW_THREAD).join();
    assertThat(lower).isEqualTo("true " + Math.min(19, before + 10));
    assertThat(nice()).isEqualTo(before);
    try (TaskThreads background = TaskThreads.background("background")) {
      var inBackground = CompletableFuture.supplyAsync(HostThreadTest::nice, background);
      assertThat(inBackground.join()).isEqualTo(Math.min(19, before + 10));
    }
  }

  @Test
  void preciseTimersHaveNoSlack() {
    String slack =
        CompletableFuture.supplyAsync(() -> HostThread.preciseTimers() + " " + slack(), NEW_THREAD)
            .join();
    assertThat(slack).isEqualTo("true 1");
  }
}
