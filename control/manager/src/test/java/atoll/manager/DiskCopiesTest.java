package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.host.Clock;
import atoll.image.GuestProgram;
import atoll.image.Progress;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.snapshot.Snapshot;
import atoll.snapshot.SnapshotDraft;
import atoll.snapshot.SnapshotStore;
import atoll.vmm.SystemState;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a disk in one snapshot after the other, while it is written. */
class DiskCopiesTest {
  private static final int SIZE = 4 << 20;
  private static final int CLUSTER = 64 << 10;

  @TempDir private Path temp;
  private final Random random = new Random(5);

  /** What the disk has. */
  private byte[] now = new byte[SIZE];

  private DiskBay bay;
  private SnapshotStore store;
  private Optional<SystemRestore> last = Optional.empty();
  private SavedSystem.Disk saved;

  @BeforeEach
  void aDisk() throws IOException {
    random.nextBytes(now);
    Arrays.fill(now, SIZE / 2, SIZE / 2 + 4 * CLUSTER, (byte) 0);
    open(Files.write(temp.resolve("d.img"), now), DiskFormat.RAW);
    store = new SnapshotStore(temp.resolve("snapshots"), Clock.host(), Progress.SILENT);
    Path one = Files.createFile(temp.resolve("one"));
    try {
      assumeTrue(Files.exists(Files.createLink(temp.resolve("two"), one)));
    } catch (UnsupportedOperationException | IOException e) {
      assumeTrue(false, "files have one name only here");
    }
  }

  private void open(Path file, DiskFormat format) {
    DiskLocation where = DiskLocation.of(file);
    BlockBackend disk = DiskImages.open(where, Optional.of(format), false, notice -> {});
    bay =
        new DiskBay(
            "vm/disk0", new DiskBay.Medium(where, Optional.of(format), disk), DiskLimits.NONE);
  }

  @AfterEach
  void close() throws IOException {
    bay.close();
    last.ifPresent(SystemRestore::close);
  }

  private void write(int at, int length) throws IOException {
    byte[] news = new byte[length];
    random.nextBytes(news);
    bay.write(at, MemorySegment.ofArray(news));
    System.arraycopy(news, 0, now, at, length);
  }

  private void clear(int at, int length) throws IOException {
    bay.writeZeroes(at, length, true);
    Arrays.fill(now, at, at + length, (byte) 0);
  }

  /** Saves it, with writes between the moment and the end of the copy; returns what it had. */
  private byte[] save(String name) throws IOException {
    try (SnapshotDraft draft = store.begin(name);
        DiskCopies copies =
            new DiskCopies(
                List.of(bay), draft, file -> file.startsWith(temp.resolve("snapshots")), last)) {
      saved = copies.begun().getFirst();
      byte[] then = now.clone();
      write(random.nextInt(SIZE - 5000), 5000);
      copies.finish((done, all) -> {});
      Snapshot made = draft.commit();
      VmDescription vm =
          VmDescription.builder("vm", new Guest.Program(GuestProgram.HELLO, "")).build();
      SavedSystem system =
          new SavedSystem(Scenario.of(vm), List.of(), List.of(), List.of(saved), List.of());
      SystemState state = new SystemState(new SystemState.Time(0, 0), List.of(), List.of());
      last.ifPresent(SystemRestore::close);
      last = Optional.of(new SystemRestore(made, system, state));
      bay.keepMoment();
      return then;
    }
  }

  private byte[] copy(String name) throws IOException {
    try (Snapshot snapshot = store.open(name);
        BlockBackend disk =
            DiskImages.open(
                DiskLocation.of(snapshot.file(saved.copies().getFirst())),
                Optional.of(saved.topFormat()),
                true,
                notice -> {})) {
      assertThat(snapshot.verify(Progress.SILENT)).isEmpty();
      byte[] bytes = new byte[(int) disk.size()];
      disk.read(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  @Test
  void eachSnapshotHasWhatTheDiskHadAndLittleOfItsOwn() throws IOException {
    assertThat(save("one")).isEqualTo(copy("one"));
    assertThat(saved.copies()).hasSize(1);
    int most = 1;
    for (int round = 0; round < 11; round++) {
      write(random.nextInt(SIZE - 10_000), 10_000);
      clear(random.nextInt(SIZE / CLUSTER) * CLUSTER, CLUSTER);
      byte[] then = save("one"); // in the place of the one that it shares files with
      assertThat(copy("one")).as("after %d", round).isEqualTo(then);
      most = Math.max(most, saved.copies().size());
      try (Snapshot snapshot = store.open("one")) {
        assertThat(snapshot.stored(saved.copies().getFirst())).isLessThan(SIZE);
      }
    }
    assertThat(most).isEqualTo(9);
    assertThat(saved.copies().size()).isLessThan(9);
  }

  @Test
  void aDiskThatWasNotWrittenNeedsNoFile() throws IOException {
    byte[] then = save("one");
    write(0, 1);
    byte[] later = save("two");
    List<String> files = saved.copies();
    assertThat(files).hasSize(2);
    bay.goBack(
        DiskImages.open(
            DiskLocation.of(store.open("two").file(files.getFirst())),
            Optional.of(saved.topFormat()),
            true,
            notice -> {}));
    now = later.clone();
    byte[] again = save("three");
    assertThat(again).isEqualTo(later).isNotEqualTo(then);
    assertThat(copy("three")).isEqualTo(later);
  }

  @Test
  void whenMostHasChangedAllIsCopied() throws IOException {
    byte[] ignored = save("one");
    write(0, SIZE - 100);
    byte[] then = save("two");
    assertThat(saved.copies()).hasSize(1);
    assertThat(copy("two")).isEqualTo(then);
  }

  /** A copy over images of the user's goes on being over them, below those of snapshots. */
  @Test
  void whatLiesBehindTheDiskIsNotCopied() throws IOException {
    bay.close();
    Path over = temp.resolve("over.qcow2");
    long ignored =
        ImageTool.create(
            over,
            OptionalLong.of(SIZE),
            ImageOptions.usual(DiskFormat.QCOW2)
                .over(temp.resolve("d.img").toString(), DiskFormat.RAW));
    open(over, DiskFormat.QCOW2);
    write(0, SIZE / 4);
    assertThat(save("one")).isEqualTo(copy("one"));
    write(SIZE / 2, 3);
    clear(0, CLUSTER);
    byte[] then = save("two");
    assertThat(saved.copies()).hasSize(2);
    assertThat(saved.behind())
        .extracting(file -> file.file().getFileName().toString())
        .containsExactly("d.img");
    assertThat(copy("two")).isEqualTo(then);
  }

  @Test
  void whatIsExportedHasAllFiles() throws IOException {
    byte[] ignored = save("one");
    write(12_345, 6);
    byte[] then = save("two");
    assertThat(saved.copies()).hasSize(2);
    store.export("two", temp.resolve("two.atoll"));
    store.importFrom(temp.resolve("two.atoll"), "copy");
    assertThat(store.remove("one")).isPositive();
    assertThat(store.remove("two")).isPositive();
    assertThat(copy("copy")).isEqualTo(then);
  }
}
