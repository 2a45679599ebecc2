package atoll.tests;

import atoll.manager.SnapshotAction;
import atoll.manager.SnapshotReport;
import atoll.manager.VmStatus;
import atoll.scenario.VmDescription;
import atoll.testkit.TestSystem;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A system that is saved into files again and again while it runs, given up, and made again by a
 * manager of its own from one of its last snapshots, on another engine. What is chosen, and how
 * long is waited, follows from a seed. Used once.
 */
final class SnapshotRun {
  /** Snapshots that there are beside the one that the system goes on from. */
  private static final int KEPT = 4;

  private final SnapshotGuest guest;
  private final Plan plan;
  private final SplittableRandom random;
  private final UnaryOperator<String> environment;
  private final List<String> kept = new ArrayList<>();
  private Tally tally = Tally.NONE;
  private TestSystem system;
  private String from = "its beginning";
  private String engine;

  /**
   * How it is done.
   *
   * @param engines take turns, from one restore to the next
   * @param seed of all choices
   * @param count of snapshots; then it goes on alone
   * @param interval from one snapshot to the next, on average
   * @param burst snapshots before the next restore, at most
   * @param folder for files, which are made, and left there
   * @param limit of any one wait
   */
  record Plan(
      List<String> engines,
      long seed,
      int count,
      Duration interval,
      int burst,
      Path folder,
      Duration limit) {
    Plan {
      engines = List.copyOf(engines);
    }
  }

  /**
   * What was done.
   *
   * @param pauses that the guests had in all
   * @param saving time of the host in all
   * @param bytes of all snapshots, as each is by itself
   */
  record Tally(
      int saves, int restores, Duration pauses, Duration worst, Duration saving, long bytes) {
    static final Tally NONE = new Tally(0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

    Tally saved(SnapshotReport report, Duration took) {
      Duration pause = report.pause();
      return new Tally(
          saves + 1,
          restores,
          pauses.plus(pause),
          pause.compareTo(worst) > 0 ? pause : worst,
          saving.plus(took),
          bytes + report.bytes());
    }

    Tally restored() {
      return new Tally(saves, restores + 1, pauses, worst, saving, bytes);
    }

    Tally plus(Tally other) {
      return new Tally(
          saves + other.saves,
          restores + other.restores,
          pauses.plus(other.pauses),
          other.worst.compareTo(worst) > 0 ? other.worst : worst,
          saving.plus(other.saving),
          bytes + other.bytes);
    }

    @Override
    public String toString() {
      double each = 1e6 * Math.max(1, saves);
      return "%d saves (a pause of %.1f ms, %.1f at most; %.1f ms and %.1f MiB each), %d restores"
          .formatted(
              saves,
              pauses.toNanos() / each,
              worst.toNanos() / 1e6,
              saving.toNanos() / each,
              bytes / 1048576.0 / Math.max(1, saves),
              restores);
    }
  }

  SnapshotRun(SnapshotGuest guest, Plan plan) {
    this.guest = guest;
    this.plan = plan;
    random = new SplittableRandom(plan.seed);
    environment = environment(plan.folder);
    engine = plan.engines.getFirst();
  }

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

  /**
   * Runs the guest once to its end.
   *
   * @throws AssertionError if it has noticed anything; says what it went on from
   */
  Tally perform() throws Exception {
    start();
    try {
      begin();
      while (saveSome() && tally.saves < plan.count) {
        goOn();
      }
      if (system.vm(guest.judge()).status() != VmStatus.ENDED) {
        goOn();
      }
      end();
      return tally;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "%s, seed %d, after %s; it went on from %s, on the %s: %s"
              .formatted(guest, plan.seed, tally, from, engine, e.getMessage()),
          e);
    } finally {
      system.close();
    }
  }

  private void start() throws IOException {
    for (String disk : List.of("d.img", "e.img")) {
      try (RandomAccessFile made = new RandomAccessFile(plan.folder.resolve(disk).toFile(), "rw")) {
        made.setLength(16 << 20);
      }
    }
    String text = guest.scenario().replace("ENGINE", engine);
    Path file = Files.writeString(plan.folder.resolve("scenario.yaml"), text);
    system = TestSystem.start(file, environment);
  }

  private void begin() throws InterruptedException {
    if (guest.busy().isPresent()) {
      SnapshotGuest.Busy busy = guest.busy().get();
      await(guest.judge(), busy.prompt());
      system.console(guest.judge()).type(busy.script());
      await(guest.judge(), busy.begun());
    }
  }

  private void await(String vm, String text) throws InterruptedException {
    String ignored = system.console(vm).await(text, plan.limit);
  }

  /** Returns false if the guest has come to its end. */
  private boolean saveSome() throws InterruptedException {
    int most = 1 + random.nextInt(plan.burst);
    for (int n = 0; n < most && tally.saves < plan.count; n++) {
      TimeUnit.MICROSECONDS.sleep(random.nextLong(1 + 2 * plan.interval.toMillis() * 1000));
      if (!save()) {
        return false;
      }
    }
    requireNothingBad();
    return true;
  }

  private boolean save() {
    String name = nextName();
    long begun = System.nanoTime();
    try {
      SnapshotReport report = system.perform(new SnapshotAction.SaveSnapshot(name));
      tally = tally.saved(report, Duration.ofNanos(System.nanoTime() - begun));
      kept.remove(name);
      kept.add(name);
      return true;
    } catch (RuntimeException e) {
      if (system.vm(guest.judge()).status() == VmStatus.ENDED) {
        return false;
      }
      throw e;
    }
  }

  /** Of the oldest, but that from which the system went on stays. */
  private String nextName() {
    for (int n = 0; n <= KEPT; n++) {
      if (!kept.contains("s" + n)) {
        return "s" + n;
      }
    }
    return kept.stream().filter(name -> !name.equals(from)).findFirst().orElseThrow();
  }

  /** The system is there anew, as one of the last snapshots has it. */
  private void goOn() throws InterruptedException {
    from = kept.get(random.nextInt(kept.size()));
    List<String> damage = system.perform(new SnapshotAction.VerifySnapshot(from));
    require(damage.isEmpty(), "the snapshot is damaged: " + damage);
    system.close();
    tally = tally.restored();
    engine = plan.engines.get(tally.restores % plan.engines.size());
    system = TestSystem.restore(from, environment, Optional.of(engine));
    if (guest.progress().isPresent()) {
      for (VmDescription vm : system.scenario().vms()) {
        await(vm.name(), guest.progress().get());
      }
    }
  }

  private void end() throws InterruptedException {
    guest.busy().ifPresent(busy -> system.console(guest.judge()).type(busy.enough()));
    TestSystem.End ended = system.awaitEnd(guest.judge(), 1, plan.limit);
    requireNothingBad();
    String text = system.console(guest.judge()).text();
    require(
        ended.outcome().equals(new Outcome.Poweroff(0)) && text.contains(guest.good()),
        "it ended with %s, and printed:%n%s".formatted(ended.outcome(), text));
  }

  private void requireNothingBad() {
    for (VmDescription vm : system.scenario().vms()) {
      String text = system.console(vm.name()).text();
      require(
          SnapshotGuest.BAD.stream().noneMatch(text::contains),
          "%s printed:%n%s".formatted(vm.name(), text));
    }
  }

  private static void require(boolean right, String otherwise) {
    if (!right) {
      throw new AssertionError(otherwise);
    }
  }
}
