package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
  private static final int PAGES = 800;

  @TempDir private Path temp;
  private SnapshotStore store;
  private SnapshotStore other;
  private SavedSystem system;
  private Path file;
  private byte[] exported;

  @BeforeEach
  void export() throws IOException {
    store = SavedSystem.store(temp.resolve("snapshots"));
    other = SavedSystem.store(temp.resolve("other"));
    system = new SavedSystem(1, PAGES);
    system.ram.asSlice(0, 500L * SavedSystem.PAGE).fill((byte) 3);
    try (Snapshot parent = system.save(store, "parent")) {
      system.save(store, "one", parent, 20).close();
    }
    file = temp.resolve("one.atoll");
    store.export("one", file);
    exported = Files.readAllBytes(file);
  }

  @Test
  void whatIsImportedIsWhatWasExported() throws IOException {
    other.importFrom(file, "two");
    try (Snapshot snapshot = other.open("two")) {
      system.requireSaved(snapshot);
      assertThat(snapshot.state()).containsExactly(1, 2, 3);
      assertThat(snapshot.disks()).containsOnlyKeys("vm.0");
      assertThat(snapshot.file("vm.0")).hasBinaryContent(SavedSystem.file());
    }
    assertThat(other.verify("two")).isEmpty();
    assertThat(exported.length).isLessThan(PAGES * SavedSystem.PAGE / 20);
    other.export("two", temp.resolve("two.atoll"));
    assertThat(temp.resolve("two.atoll")).hasBinaryContent(exported);
  }

  /** What zstd makes larger is not packed. */
  @Test
  void bytesThatCannotBePackedAreTakenAsTheyAre() {
    Random random = new Random(7);
    byte[] noise = new byte[(int) system.ram.byteSize()];
    random.nextBytes(noise);
    system.ram.copyFrom(MemorySegment.ofArray(noise));
    system.save(store, "noise").close();
    store.export("noise", file);
    other.importFrom(file, "noise");
    try (Snapshot snapshot = other.open("noise")) {
      system.requireSaved(snapshot);
    }
  }

  private void requireRefusedOrTheSame(String what) throws IOException {
    try {
      other.importFrom(file, "two");
      try (Snapshot snapshot = other.open("two")) { // a bit of a zstd frame that says nothing
        system.requireSaved(snapshot);
        assertThat(snapshot.file("vm.0")).hasBinaryContent(SavedSystem.file());
      }
    } catch (RefusedException e) {
      assertThat(e).as(what).hasMessageContaining(file.toString());
      assertThat(other.list()).as(what).isEmpty();
      assertThat(SavedSystem.entries(temp.resolve("other"))).as(what).isEmpty();
      return;
    }
    other.remove("two");
  }

  @Test
  void aDamagedByteIsFound() throws IOException {
    Random random = new Random(8);
    for (int round = 0; round < 250; round++) {
      byte[] damaged = exported.clone();
      int at = round < ExportFile.HEADER ? round : random.nextInt(exported.length);
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      requireRefusedOrTheSame("byte " + at);
    }
  }

  @Test
  void aFileThatEndsEarlyOrLateIsRefused() throws IOException {
    for (int length = 0; length < exported.length; length += 1 + length / 8) {
      Files.write(file, Arrays.copyOf(exported, length));
      assertThatThrownBy(() -> other.importFrom(file, "two"))
          .as("length " + length)
          .isInstanceOf(RefusedException.class);
    }
    Files.write(file, Arrays.copyOf(exported, exported.length + 1));
    assertThatThrownBy(() -> other.importFrom(file, "two"))
        .hasMessageEndingWith("expected the end, found more");
    assertThat(SavedSystem.entries(temp.resolve("other"))).isEmpty();
  }

  @Test
  void anotherVersionIsRefusedByItsVersion() throws IOException {
    exported[ExportFile.MARK.length()] = 9;
    Files.write(file, exported);
    assertThatThrownBy(() -> other.importFrom(file, "two"))
        .hasMessage(
            file + " has version 9; this Atoll reads version 1: use the one that exported it");
  }

  @Test
  void aDamagedSnapshotIsNotExportedAndTheOlderFileStays() throws IOException {
    Path memory;
    try (Snapshot snapshot = store.open("one")) {
      memory = snapshot.memory(SavedSystem.RAM).orElseThrow().extents().getFirst().file();
    }
    assertThat(memory.toFile().setWritable(true)).isTrue();
    byte[] bytes = Files.readAllBytes(memory);
    bytes[100] ^= 1;
    Files.write(memory, bytes);
    assertThatThrownBy(() -> store.export("one", file))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("is damaged at 0");
    assertThat(file).hasBinaryContent(exported);
    assertThat(parts()).isEmpty();
  }

  private List<Path> parts() throws IOException {
    try (Stream<Path> all = Files.list(temp)) {
      return all.filter(each -> each.toString().endsWith(".part")).toList();
    }
  }

  /** As Ctrl-C does it. */
  @Test
  void anInterruptedExportOrImportLeavesNothing() throws IOException {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> store.export("one", temp.resolve("new.atoll")))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(temp.resolve("new.atoll")).doesNotExist();
    assertThat(parts()).isEmpty();
    try (SnapshotDraft draft = other.begin("two")) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> ImportFile.read(file, draft, Progress.SILENT))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(SavedSystem.entries(temp.resolve("other"))).isEmpty();
  }

  @Test
  void whatIsMissingOrCannotBeWrittenIsSaid() {
    assertThatThrownBy(() -> other.importFrom(temp.resolve("none"), "two"))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("there is no such file");
    assertThatThrownBy(() -> store.export("one", temp.resolve("no/such/folder")))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("cannot be written");
    assertThat(Optional.of(other.list())).contains(List.of());
  }
}
