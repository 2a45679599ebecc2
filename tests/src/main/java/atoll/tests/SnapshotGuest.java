package atoll.tests;

import atoll.manager.SnapshotReport;
import atoll.manager.VmAction;
import atoll.manager.VmStatus;
import atoll.testkit.GuestProgram;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Guests that can tell whether they have been disturbed, while their system is saved into files at
 * instants that a seed chooses, given up, and made again from the files by a manager of its own.
 *
 * @param name for people and for the command line
 * @param scenario its text
 * @param busy what has to be typed, if something has
 * @param good what the judge prints at last if all is well
 * @param judge the VM that decides
 */
record SnapshotGuest(String name, String scenario, Optional<Busy> busy, String good, String judge) {
  private static final String VM = "vm";

  /** The longest time between two snapshots, in microseconds: most are much sooner. */
  private static final long MOST_MICROS = 20_000;

  private static final List<String> BAD =
      List.of("FAIL", "ESCAPE", "PANIC", "Oops", "BUG:", "rcu: INFO", "Kernel panic");

  /**
   * What has to be typed.
   *
   * @param prompt after which
   * @param script that is typed
   * @param begun what is printed then
   * @param enough what is typed after the last snapshot
   */
  record Busy(String prompt, String script, String begun, String enough) {}

  /** Small ones, of {@code guests/}. */
  static final List<SnapshotGuest> SMALL =
      List.of(
          program("rtostest", "kernel", 1, "", "verdict: PASS"),
          program("latency", "kernel", 1, "period=200 loops=2000", "2000 wake-ups"),
          program("litmus", "firmware", 2, "rounds=3000", "verdict: PASS"));

  private static SnapshotGuest program(
      String program, String kind, int cpus, String words, String good) {
    String scenario =
        """
        name: saved
        machine: {cpus: %d, memory: 64M}
        vms:
          vm: {%s: %s, append: "%s", vcpus: %d, memory: 16M, engine: ENGINE}
        """
            .formatted(cpus, kind, GuestProgram.elf(program), words, cpus);
    return new SnapshotGuest(program, scenario, Optional.empty(), good, VM);
  }

  /** A stock Debian kernel whose disk and memory are written and compared until it is enough. */
  static SnapshotGuest disk() {
    String scenario =
        """
        name: saved
        machine: {cpus: 2, memory: 512M}
        vms:
          vm:
            builtin: linux
            append: nosoftlockup rcupdate.rcu_cpu_stall_suppress=1
            vcpus: 2
            memory: 256M
            engine: ENGINE
            memory-policy: paged
            disks: [d.img]
        """;
    String work =
        """
        echo 1 > /proc/sys/kernel/printk;
        dd if=/dev/urandom of=/tmp/r bs=64k count=64 2>/dev/null;
        gzip -c /tmp/r > /tmp/r.gz; echo BUSY FROM HERE "ON";
        (while [ ! -e /tmp/enough ]; do
        dd if=/tmp/r of=/dev/vda bs=16k conv=fsync 2>/dev/null;
        gunzip -c /tmp/r.gz | cmp - /tmp/r || echo "FA"IL in memory;
        echo 3 > /proc/sys/vm/drop_caches;
        dd if=/dev/vda bs=32k count=128 2>/dev/null | cmp - /tmp/r || echo "FA"IL on disk;
        done) &
        """;
    Busy busy = new Busy("# ", line(work), "BUSY FROM HERE ON", "touch /tmp/enough; wait; " + END);
    return new SnapshotGuest("disk", scenario, Optional.of(busy), "ALL IS WELL", VM);
  }

  private static final String END = "echo ALL IS \"WELL\"; poweroff -f\n";

  private static String line(String script) {
    return script.strip().replace('\n', ' ') + "\n";
  }

  /** The cockpit, whose Linux waits for the cluster's doorbell and reads what it publishes. */
  static SnapshotGuest cockpit() {
    String scenario =
        """
        name: saved
        machine: {cpus: [dedicated, fair], memory: 512M}
        vms:
          cluster: {builtin: cluster, append: watchdog=6, memory: 16M, affinity: 0, engine: ENGINE}
          vm:
            builtin: linux
            append: nosoftlockup rcupdate.rcu_cpu_stall_suppress=1
            memory: 256M
            engine: ENGINE
            affinity: 1
            files: {/bin/atoll-channel: %s}
        channels:
          vehicle: {size: 8K, between: {cluster: read-write, vm: read-only}}
        """
            .formatted(GuestProgram.elf("atoll-channel"));
    String work =
        """
        echo 1 > /proc/sys/kernel/printk;
        atoll-channel show vehicle 1000000 & reader=$!
        """;
    Busy busy = new Busy("# ", line(work), " km/h, ", "kill $reader && " + END);
    return new SnapshotGuest("cockpit", scenario, Optional.of(busy), "ALL IS WELL", VM);
  }

  /**
   * Runs it once to its end.
   *
   * @param engines take turns, from one snapshot to the next
   * @param most snapshots; then it goes on alone
   * @param folder for files, which are made
   * @return how many there were
   */
  int run(List<String> engines, long seed, int most, Path folder, Duration limit) throws Exception {
    try (RandomAccessFile disk = new RandomAccessFile(folder.resolve("d.img").toFile(), "rw")) {
      disk.setLength(16 << 20);
    }
    UnaryOperator<String> environment = environment(folder);
    SplittableRandom random = new SplittableRandom(seed);
    TestSystem system = start(folder, environment, engines.getFirst());
    try {
      begin(system, limit);
      int saved = 0;
      while (saved < most && save(system, random)) {
        requireNothingBad(system);
        system.close();
        saved++;
        String engine = engines.get(saved % engines.size());
        system = TestSystem.restore(NAME, environment, Optional.of(engine));
      }
      end(system, limit);
      return saved;
    } finally {
      system.close();
    }
  }

  private static final String NAME = "again";

  /** One in which the user's own files are in a folder. */
  static UnaryOperator<String> environment(Path folder) {
    Map<String, String> own = Map.of("XDG_DATA_HOME", folder.resolve("data").toString());
    return name -> own.getOrDefault(name, System.getenv(name));
  }

  /** Flips a bit of the memory that a snapshot somewhere in a folder has. */
  static void damageMemory(Path folder) throws IOException {
    Path memory;
    try (Stream<Path> files = Files.walk(folder)) {
      memory =
          files
              .filter(file -> file.getFileName().toString().startsWith("memory-"))
              .findFirst()
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(memory);
    int at = 0;
    while (bytes[at] == 0) {
      at++;
    }
    bytes[at] ^= 4;
    if (!memory.toFile().setWritable(true)) {
      throw new IOException(memory + " cannot be made writable");
    }
    Path ignored = Files.write(memory, bytes);
  }

  private TestSystem start(Path folder, UnaryOperator<String> environment, String engine)
      throws IOException {
    String text = scenario.replace("ENGINE", engine);
    Path file = Files.writeString(folder.resolve("scenario.yaml"), text);
    return TestSystem.start(file, environment);
  }

  private void begin(TestSystem system, Duration limit) throws InterruptedException {
    if (busy.isPresent()) {
      system.console(judge).await(busy.get().prompt, limit);
      system.console(judge).type(busy.get().script);
      system.console(judge).await(busy.get().begun, limit);
    }
  }

  /** Returns false if it has ended before. */
  private boolean save(TestSystem system, SplittableRandom random) throws InterruptedException {
    TimeUnit.MICROSECONDS.sleep(1 + random.nextLong(1 + random.nextLong(MOST_MICROS)));
    if (system.vm(judge).status() == VmStatus.ENDED) {
      return false;
    }
    try {
      SnapshotReport ignored = system.perform(new VmAction.SaveSnapshot(NAME));
      return true;
    } catch (RuntimeException e) {
      if (system.vm(judge).status() == VmStatus.ENDED) {
        return false;
      }
      throw e;
    }
  }

  private void end(TestSystem system, Duration limit) throws InterruptedException {
    if (busy.isPresent()) {
      system.console(judge).type(busy.get().enough);
    }
    TestSystem.End ended = system.awaitEnd(judge, 1, limit);
    requireNothingBad(system);
    if (!ended.outcome().equals(new Outcome.Poweroff(0)) || !text(system).contains(good)) {
      throw new AssertionError(
          "%s ended with %s, and printed:%n%s".formatted(name, ended.outcome(), text(system)));
    }
  }

  private String text(TestSystem system) {
    return system.console(judge).text();
  }

  private void requireNothingBad(TestSystem system) {
    BAD.stream()
        .filter(text(system)::contains)
        .findFirst()
        .ifPresent(bad -> {
          throw new AssertionError("%s printed %s:%n%s".formatted(name, bad, text(system)));
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
