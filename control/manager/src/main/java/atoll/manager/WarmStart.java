package atoll.manager;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.image.Checksum;
import atoll.image.FileDigests;
import atoll.image.LinuxImages;
import atoll.image.Progress;
import atoll.image.RefusedException;
import atoll.scenario.Scenario;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import atoll.snapshot.SnapshotInfo;
import atoll.snapshot.SnapshotStore;
import atoll.vmm.VirtualMachine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The second start of a system: the snapshot that an earlier boot of the same has left, and the
 * making of one. What is kept is in the user's cache, since it can be made again.
 */
final class WarmStart {
  /** What the snapshot's console shows: it is shown again, as if the guest had just printed it. */
  static final String SCREEN = "screen";

  /** Digits of a digest that are enough to tell boots apart. */
  private static final int DIGITS = 40;

  private final Scenario scenario;
  private final LinuxImages stock;
  private final String words;
  private final FileDigests digests;
  private final SnapshotStore store;
  private final Clock clock;

  /** The snapshot's name if that is known without reading large files. */
  private final Optional<String> known;

  /**
   * @param scenario one that {@linkplain WarmKey#suits suits}
   * @param stock what it boots from, where its user has not said otherwise
   * @param words the kernel's command line
   * @param cache the user's folder for what can be made again
   * @param clock the host's
   */
  WarmStart(Scenario scenario, LinuxImages stock, String words, Path cache, Clock clock) {
    this.scenario = scenario;
    this.stock = stock;
    this.words = words;
    this.clock = clock;
    Path folder = cache.resolve("warm");
    digests = new FileDigests(folder.resolve("digests"), clock);
    store = new SnapshotStore(folder.resolve("snapshots"), clock, Progress.SILENT);
    known = name(digests::known);
  }

  /** The snapshot's name; nothing if that is not to be worked out now. */
  private Optional<String> name(Function<Path, Optional<String>> digest) {
    return WarmKey.of(scenario, stock, words, digest).map(WarmStart::name);
  }

  private static String name(String key) {
    byte[] text = key.getBytes(StandardCharsets.UTF_8);
    return "linux-" + Checksum.of(Checksum.Algorithm.SHA256, text).hex().substring(0, DIGITS);
  }

  /**
   * What an earlier boot has left, if all that it depends on is as it was then. Files whose digests
   * are not known are not read now: to boot takes hardly longer.
   */
  Optional<Snapshot> find() {
    return known.filter(store::has).map(store::open);
  }

  /** Whether {@link #find} would find something. */
  boolean present() {
    return known.filter(store::has).isPresent();
  }

  /**
   * Whether all its memory was found to be as it was saved, and no file has changed since (ADR
   * 144).
   */
  boolean isProved(Snapshot snapshot) {
    String digest = snapshot.digest();
    return snapshot.memoryFiles().stream()
        .allMatch(file -> digests.known(file).filter(digest::equals).isPresent());
  }

  /** Its memory was found to be as it was saved. */
  void proved(Snapshot snapshot) {
    snapshot.memoryFiles().forEach(file -> digests.note(file, snapshot.digest()));
  }

  /** What the console of a snapshot shows. */
  static Optional<Bytes> screen(Snapshot snapshot) {
    return snapshot.text(SCREEN).map(text -> Bytes.of(text, 0, text.length));
  }

  /** Has it be there no longer. */
  void forget() {
    known.filter(store::has).ifPresent(this::removed);
  }

  /**
   * Keeps a boot that has come to rest, unless it is kept already or the guest would not hear that
   * others go on from there.
   *
   * @param watch says whether anybody has interfered
   * @throws RefusedException if it cannot be kept
   */
  void keep(RunningSystem system, BootWatch watch) throws InterruptedException {
    String name = name(file -> Optional.of(digests.of(file))).orElseThrow();
    if (!makes() || !renewable(system) || store.has(name)) {
      return;
    }
    try (SnapshotDraft draft = store.begin(name)) {
      draft.text(SCREEN, watch.screen());
      SnapshotReport ignored =
          new SystemSave(system, draft, file -> false, clock, Progress.SILENT)
              .unless(() -> !watch.untouched())
              .perform();
    }
    tidy();
  }

  /** Nobody outside could reach the guest before. */
  private boolean makes() {
    return scenario.vms().getFirst().nics().stream().allMatch(nic -> nic.forwards().isEmpty());
  }

  private static boolean renewable(RunningSystem system) {
    return system.supervisors().stream()
        .allMatch(vm -> vm.machine().filter(VirtualMachine::renewable).isPresent());
  }

  /** Removes what is old or too much. */
  private void tidy() {
    List<WarmLimits.Kept> all = store.list().stream().map(WarmStart::kept).toList();
    Instant now = Instant.EPOCH.plusNanos(clock.epochNanos());
    WarmLimits.USUAL.surplus(all, now).forEach(this::removed);
  }

  private static WarmLimits.Kept kept(SnapshotInfo info) {
    return new WarmLimits.Kept(info.name(), info.stored(), info.used());
  }

  /** Another process may have done so, or hold it. */
  private void removed(String name) {
    try {
      long ignored = store.remove(name);
    } catch (RefusedException | HostException e) {
      // It is looked at again when the next one is made.
    }
  }
}
