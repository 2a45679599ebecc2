package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are damaged, or that somebody has made to do harm. */
class SnapshotFuzzTest {
  private static final int PAGES = 600;

  @TempDir private Path temp;
  private Path folder;
  private SnapshotStore store;
  private Path place;
  private byte[] manifest;

  /** One with all kinds of chunks: stored ones, some over others, and zeroes that hide. */
  @BeforeEach
  void make() throws IOException {
    folder = temp.resolve("snapshots");
    store = SavedSystem.store(folder);
    SavedSystem system = new SavedSystem(1, PAGES);
    system.ram.asSlice(0, 400L * SavedSystem.PAGE).fill((byte) 3);
    Snapshot parent = system.save(store, "parent");
    system.save(store, "one", parent, 20).close();
    parent.close();
    store.remove("parent");
    place = SavedSystem.only(folder);
    manifest = Files.readAllBytes(place.resolve("manifest"));
  }

  private void put(byte[] bytes) throws IOException {
    Files.write(place.resolve("manifest"), bytes);
  }

  private void requireRefused(String what) {
    assertThatThrownBy(() -> store.open("one").close())
        .as(what)
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(place.toString());
  }

  @Test
  void everyDamagedByteOfTheManifestIsFound() throws IOException {
    for (int at = 0; at < manifest.length; at++) {
      byte[] damaged = manifest.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      put(damaged);
      requireRefused("byte " + at);
    }
  }

  @Test
  void aManifestThatEndsEarlyOrLateIsRefused() throws IOException {
    for (int length = 0; length < manifest.length; length++) {
      put(Arrays.copyOf(manifest, length));
      requireRefused("length " + length);
    }
    put(Arrays.copyOf(manifest, manifest.length + 1));
    requireRefused("one more");
  }

  private static byte[] summed(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, bytes.length - 4);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(bytes.length - 4, (int) sum.getValue());
    return bytes;
  }

  /** Whoever means harm gets the checksum right; what is taken then leads nowhere outside. */
  @Test
  void aHostileManifestIsRefusedOrLeadsIntoItsOwnFilesOnly() throws IOException {
    Random random = new Random(20261130);
    int taken = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] hostile = manifest.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        hostile[random.nextInt(hostile.length - 4)] = (byte) random.nextInt(256);
      }
      put(summed(hostile));
      taken += use("round " + round);
    }
    assertThat(taken).isPositive(); // some change what is saved, and nothing else
  }

  /** Whether it could be opened; then it is used as a restore does. */
  private int use(String what) {
    try (Snapshot snapshot = store.open("one")) {
      for (SavedMemory memory : snapshot.memories()) {
        assertThat(memory.size()).as(what).isPositive();
        for (SavedExtent extent : memory.extents()) {
          assertThat(extent.file().getParent()).as(what).isEqualTo(place);
          assertThat(extent.place() + extent.bytes())
              .as(what)
              .isLessThanOrEqualTo(Files.size(extent.file()));
        }
      }
      assertThat(snapshot.verify(Progress.SILENT)).as(what).isNotNull();
      return 1;
    } catch (RefusedException e) {
      assertThat(e).as(what).hasMessageContaining(place.toString());
      return 0;
    } catch (IOException e) {
      throw new AssertionError(what, e);
    }
  }

  @Test
  void aDamagedPageIsFoundByVerifying() throws IOException {
    Random random = new Random(5);
    for (String name : new String[] {"memory-0", "memory-0.delta", "memory-1", "file-vm.0"}) {
      Path file = place.resolve(name);
      assertThat(file.toFile().setWritable(true)).isTrue();
      for (int round = 0; round < 40; round++) {
        long at = stored(name, random);
        flip(file, at);
        assertThat(store.verify("one"))
            .as("%s at %d", name, at)
            .hasSize(1)
            .first()
            .asString()
            .startsWith(file + " is damaged: the checksum of ");
        flip(file, at);
      }
    }
    assertThat(store.verify("one")).isEmpty();
  }

  /** The place of some byte that is covered by a checksum. */
  private long stored(String name, Random random) {
    try (Snapshot snapshot = store.open("one")) {
      SavedMemory memory = snapshot.memories().get(name.startsWith("memory-0") ? 0 : 1);
      ChunkTable table =
          name.startsWith("file")
              ? ManifestFile.decode(snapshot.encoded(), name).files().getFirst().table()
              : name.endsWith("delta") ? memory.deltaTable() : memory.baseTable();
      int chunk = random.nextInt(table.size());
      while (table.zeroes(chunk)) {
        chunk = random.nextInt(table.size());
      }
      return table.page(chunk) * SavedSystem.PAGE
          + random.nextInt(Math.min(table.pages(chunk) * SavedSystem.PAGE, SavedSystem.LAST));
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int found = bytes.read();
      bytes.seek(at);
      bytes.write(found ^ 0x10);
    }
  }

  @Test
  void aFileOfAnotherSizeIsRefusedBeforeItIsMapped() throws IOException {
    Path file = place.resolve("memory-0");
    long size = Files.size(file);
    assertThat(file.toFile().setWritable(true)).isTrue();
    for (long wrong : new long[] {0, 1, size / 2, size - 1, size + 1, size + 4096}) {
      try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
        bytes.setLength(wrong);
      }
      assertThatThrownBy(() -> store.open("one"))
          .hasMessage(
              "%s has %d bytes, expected %d; the snapshot is damaged".formatted(file, wrong, size));
    }
  }

  /** No name in a snapshot leads out of its folder, or makes anybody wait. */
  @Test
  void onlyRegularFilesOfTheFolderAreRead() throws Exception {
    for (String name : new String[] {"manifest", "memory-0", "memory-0.delta", "file-vm.0"}) {
      Path file = place.resolve(name);
      Path elsewhere = temp.resolve("elsewhere");
      Files.move(file, elsewhere);
      requireUnusable();
      Files.createSymbolicLink(file, elsewhere);
      requireUnusable();
      Files.delete(file);
      Files.createDirectory(file);
      requireUnusable();
      Files.delete(file);
      if (new ProcessBuilder("mkfifo", file.toString()).start().waitFor() == 0) {
        requireUnusable();
        Files.delete(file);
      }
      Files.move(elsewhere, file);
    }
    store.open("one").close();
    Path moved = temp.resolve("moved");
    Files.move(place, moved);
    Files.createSymbolicLink(place, moved);
    assertThatThrownBy(() -> store.open("one")).hasMessageContaining("there is no snapshot 'one'");
  }

  private void requireUnusable() {
    assertThatThrownBy(() -> store.open("one")).isInstanceOf(RefusedException.class);
    assertThat(store.list().getFirst().trouble()).isPresent();
  }

  @Test
  void aManifestOfANewerVersionIsRefusedByItsVersion() throws IOException {
    byte[] newer = manifest.clone();
    newer["AtollSnapshot".length()] = 2;
    put(summed(newer));
    assertThatThrownBy(() -> store.open("one"))
        .hasMessage(
            "%s has version 2; this Atoll reads versions 1 to 1: use the one that saved it"
                .formatted(place.resolve("manifest")));
  }

  /** More pieces than a process can map. */
  @Test
  void memoryInVeryManyPiecesIsRefused() throws IOException {
    int pieces = 10_000;
    ByteBuffer table = ByteBuffer.allocate(pieces * 12).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < pieces; i++) {
      table.putInt(2 * i).putInt(1).putInt(0);
    }
    long bytes = 2L * pieces * SavedSystem.PAGE;
    Manifest hostile =
        new Manifest(
            0,
            new byte[0],
            Map.of(),
            Map.of(),
            List.of(),
            List.of(new Manifest.Region("vm.ram", bytes, table.array(), new byte[0])));
    put(ManifestFile.encode(hostile));
    Path file = place.resolve("memory-0");
    assertThat(file.toFile().setWritable(true)).isTrue();
    try (RandomAccessFile sized = new RandomAccessFile(file.toFile(), "rw")) {
      sized.setLength(bytes);
    }
    requireRefused("pieces");
  }

  /** The snapshot has a whole page there, and the memory only a part of it. */
  @Test
  void memoryThatIsSmallerThanTheRegionIsNotWrittenBeyondItsEnd() {
    try (Snapshot snapshot = store.open("one");
        HostMemory memory = HostMemory.allocate(SavedSystem.PAGE)) {
      SavedMemory saved = snapshot.memory(SavedSystem.RAM).orElseThrow();
      assertThatThrownBy(() -> saved.beginIn(memory, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(Optional.of(store.verify("one"))).contains(List.of());
  }
}
