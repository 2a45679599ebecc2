package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import atoll.image.Progress;
import atoll.image.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotStoreTest {
  private static final int PAGES = 4000;

  @TempDir private Path temp;
  private Path folder;
  private SnapshotStore store;

  @BeforeEach
  void make() {
    folder = temp.resolve("snapshots");
    store = SavedSystem.store(folder);
  }

  @Test
  void aSnapshotHasWhatWasSaved() {
    SavedSystem system = new SavedSystem(1, PAGES);
    system.change(300, Optional.empty());
    system.save(store, "one").close();
    try (Snapshot snapshot = store.open("one")) {
      assertThat(snapshot.state()).containsExactly(1, 2, 3);
      assertThat(snapshot.textKeys()).containsExactly("scenario");
      assertThat(snapshot.text("scenario").orElseThrow()).containsExactly(4);
      assertThat(snapshot.text("other")).isEmpty();
      assertThat(snapshot.disks()).containsOnlyKeys("vm.0");
      assertThat(snapshot.file("vm.0")).hasBinaryContent(SavedSystem.file());
      assertThat(snapshot.memories()).hasSize(2);
      assertThat(snapshot.memory("vm.rom")).isEmpty();
      system.requireSaved(snapshot);
      assertThat(snapshot.verify(Progress.SILENT)).isEmpty();
      assertThat(snapshot.stored()).isLessThan(system.ram.byteSize());
    }
    SnapshotInfo info = store.list().getFirst();
    assertThat(info.name()).isEqualTo("one");
    assertThat(info.memory()).isEqualTo(PAGES * SavedSystem.PAGE + SavedSystem.CHANNEL_BYTES);
    assertThat(info.regions()).containsExactly(SavedSystem.RAM, SavedSystem.CHANNEL);
    assertThat(info.trouble()).isEmpty();
    assertThat(info.used()).isAfterOrEqualTo(info.saved().minusMillis(1));
  }

  @Test
  void memoryOfZeroesTakesNoFile() throws IOException {
    new SavedSystem(1, PAGES).save(store, "one").close();
    assertThat(SavedSystem.entries(SavedSystem.only(folder)))
        .containsExactly("file-vm.0", "manifest", "memory-1");
  }

  /** A page is the machine's own once it is written to. */
  @Test
  void memoryThatBeganWithASnapshotNeverChangesIt() {
    SavedSystem system = new SavedSystem(2, PAGES);
    system.change(2000, Optional.empty());
    try (HostMemory memory = HostMemory.allocate(system.ram.byteSize());
        HostMemory other = HostMemory.allocate(system.ram.byteSize())) {
      try (Snapshot snapshot = system.save(store, "one")) {
        snapshot.memory(SavedSystem.RAM).orElseThrow().beginIn(memory, 0);
        snapshot.memory(SavedSystem.RAM).orElseThrow().beginIn(other, 0);
      }
      store.remove("one");
      assertThat(memory.segment().mismatch(system.ram)).isEqualTo(-1);
      memory.segment().fill((byte) 0x55);
      assertThat(other.segment().mismatch(system.ram)).isEqualTo(-1);
    }
  }

  /** What a balloon gives back must not have the saved bytes when it is used again. */
  @Test
  void aPageThatIsGivenBackReadsAsZeroes() {
    SavedSystem system = new SavedSystem(3, PAGES);
    system.ram.fill((byte) 1);
    try (Snapshot snapshot = system.save(store, "one");
        HostMemory memory = HostMemory.allocate(system.ram.byteSize())) {
      snapshot.memory(SavedSystem.RAM).orElseThrow().beginIn(memory, 0);
      memory.segment().set(ValueLayout.JAVA_BYTE, 3 * SavedSystem.PAGE, (byte) 9);
      memory.discard(2 * SavedSystem.PAGE, 2 * SavedSystem.PAGE);
      MemorySegment given = memory.segment().asSlice(2 * SavedSystem.PAGE, 2 * SavedSystem.PAGE);
      assertThat(given.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
      assertThat(memory.segment().get(ValueLayout.JAVA_BYTE, 4 * SavedSystem.PAGE))
          .isEqualTo((byte) 1);
      given.fill((byte) 8);
      assertThat(given.toArray(ValueLayout.JAVA_BYTE)).containsOnly(8);
    }
  }

  @Test
  void anotherCanLieOverOneThatWasOpenedApartAndRemoved() throws IOException {
    SavedSystem system = new SavedSystem(5, PAGES);
    system.change(1500, Optional.empty());
    system.save(store, "one").close();
    try (Snapshot apart = store.openApart("one")) {
      long ignored = store.remove("one");
      assertThat(store.has("one")).isFalse();
      store.tidy(); // which leaves what is held
      try (Snapshot next = system.save(store, "one", apart, 60)) {
        system.requireSaved(next);
        assertThat(file(next.memoryFiles().getFirst()))
            .isEqualTo(file(apart.memoryFiles().getFirst()));
      }
    }
    assertThat(SavedSystem.only(folder).getFileName().toString()).startsWith("one@");
  }

  /** As where files have one name only: the next one has all that it needs, and nothing is left. */
  @Test
  void oneThatCannotHaveNamesOfItsOwnIsOpenedAllTheSame() throws IOException {
    SavedSystem system = new SavedSystem(6, PAGES);
    system.change(1500, Optional.empty());
    system.save(store, "one").close();
    Path odd = Files.createDirectory(SavedSystem.only(folder).resolve("one-name-only"));
    assertThat(odd).isDirectory();
    try (Snapshot opened = store.openApart("one")) {
      assertThat(SavedSystem.only(folder).getFileName().toString()).startsWith("one@");
      long ignored = store.remove("one");
      try (Snapshot next = system.save(store, "one", opened, 60)) {
        system.requireSaved(next);
      }
    }
    assertThat(SavedSystem.only(folder).getFileName().toString()).startsWith("one@");
  }

  /** Who it is, by whatever name. */
  private static Object file(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Through the layers and the folding of them, with pages that become zeroes. */
  @Test
  void aSaveOverAParentHasWhatChangedAndAllTheRest() {
    SavedSystem system = new SavedSystem(4, PAGES);
    system.change(1500, Optional.empty());
    Snapshot parent = system.save(store, "one");
    for (int round = 0; round < 24; round++) {
      Snapshot next = system.save(store, "one", parent, 60);
      parent.close();
      parent = next;
      system.requireSaved(parent);
      assertThat(parent.memory(SavedSystem.RAM).orElseThrow().extents().size())
          .isLessThanOrEqualTo(MemoryWriter.MOST_PARTS);
      assertThat(parent.verify(Progress.SILENT)).isEmpty();
    }
    parent.close();
  }

  @Test
  void aSaveOverAParentWritesLittleAndOutlivesIt() throws IOException {
    SavedSystem system = new SavedSystem(5, PAGES);
    system.ram.fill((byte) 1);
    try (Snapshot parent = system.save(store, "one");
        Snapshot child = system.save(store, "two", parent, 5)) {
      SavedMemory saved = child.memory(SavedSystem.RAM).orElseThrow();
      assertThat(saved.deltaTable().stored()).isLessThanOrEqualTo(5 * SavedSystem.PAGE);
      Path base = saved.base().orElseThrow().path();
      assertThat(
              Files.isSameFile(
                  base, parent.memory(SavedSystem.RAM).orElseThrow().base().orElseThrow().path()))
          .isTrue();
      long removed = store.remove("one");
      assertThat(removed).isPositive();
      system.requireSaved(child);
    }
    try (Snapshot again = store.open("two")) {
      system.requireSaved(again);
      assertThat(again.verify(Progress.SILENT)).isEmpty();
    }
  }

  /** The parent's folder may be gone, and another snapshot may have its name. */
  @Test
  void aSaveOverAParentThatIsRemovedMeanwhileIsWhole() {
    SavedSystem system = new SavedSystem(6, PAGES);
    system.ram.fill((byte) 1);
    try (Snapshot parent = system.save(store, "one")) {
      store.remove("one");
      new SavedSystem(7, PAGES).save(store, "one").close();
      system.save(store, "two", parent, 5).close();
    }
    try (Snapshot again = store.open("two")) {
      system.requireSaved(again);
    }
  }

  @Test
  void aRegionOfAnotherSizeDoesNotBeginWithTheParents() {
    SavedSystem small = new SavedSystem(6, 10);
    small.ram.fill((byte) 1);
    try (Snapshot parent = small.save(store, "one");
        SnapshotDraft draft = store.begin("two", Optional.of(parent))) {
      MemoryWriter ignored = draft.memory(SavedSystem.RAM, 11 * SavedSystem.PAGE);
      try (Snapshot child = draft.commit()) {
        assertThat(child.stored()).isZero();
        assertThatThrownBy(() -> child.file("vm.0")).isInstanceOf(RefusedException.class);
      }
    }
  }

  /** As the memory of a machine that runs is copied before it is paused. */
  @Test
  void pagesCanBeWrittenAgain() {
    SavedSystem system = new SavedSystem(8, PAGES);
    try (SnapshotDraft draft = store.begin("one")) {
      MemoryWriter writer = draft.memory(SavedSystem.RAM, system.ram.byteSize());
      for (int round = 0; round < 5; round++) {
        writer.write(0, system.ram);
        system.change(500, Optional.empty());
      }
      writer.write(0, system.ram);
      draft.memory(SavedSystem.CHANNEL, SavedSystem.CHANNEL_BYTES).write(0, system.channel);
      try (Snapshot saved = draft.commit()) {
        system.requireSaved(saved);
      }
    }
  }

  @Test
  void onlyWholePagesOfTheRegionAreWritten() {
    SavedSystem system = new SavedSystem(9, 2);
    try (SnapshotDraft draft = store.begin("one")) {
      MemoryWriter writer = draft.memory(SavedSystem.RAM, 2 * SavedSystem.PAGE);
      for (long[] bad :
          new long[][] {{-4096, 4096}, {1, 4096}, {0, 100}, {4096, 8192}, {12288, 0}}) {
        assertThatThrownBy(() -> writer.write(bad[0], system.ram.asSlice(0, bad[1])))
            .isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> draft.memory(SavedSystem.RAM, 4096))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> draft.memory("empty", 0))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> draft.file("../vm")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> draft.text("a\nb", new byte[0]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nothingIsSeenOfADraftBeforeItIsCommittedOrAfterItIsClosed() throws IOException {
    SavedSystem system = new SavedSystem(10, 100);
    system.change(100, Optional.empty());
    try (SnapshotDraft draft = store.begin("one")) {
      draft.memory(SavedSystem.RAM, system.ram.byteSize()).write(0, system.ram);
      assertThat(store.list()).isEmpty();
      assertThat(store.has("one")).isFalse();
    }
    assertThat(SavedSystem.entries(folder)).isEmpty();
  }

  @Test
  void aSnapshotTakesThePlaceOfOneOfItsNameWhichStaysForWhoHasItOpen() throws IOException {
    SavedSystem first = new SavedSystem(11, 100);
    first.ram.fill((byte) 1);
    SavedSystem second = new SavedSystem(12, 100);
    second.ram.fill((byte) 2);
    try (Snapshot old = first.save(store, "one");
        Snapshot present = second.save(store, "one")) {
      first.requireSaved(old);
      second.requireSaved(present);
    }
    assertThat(SavedSystem.entries(folder)).hasSize(1);
    assertThat(store.list()).hasSize(1);
    try (Snapshot present = store.open("one")) {
      second.requireSaved(present);
    }
  }

  @Test
  void whatAKilledProcessLeftIsRemovedButNotWhatIsBeingMade() throws IOException {
    SavedSystem system = new SavedSystem(13, 10);
    try (SnapshotDraft one = store.begin("one")) {
      Path left = Files.createDirectory(folder.resolve(".new-left"));
      Files.createFile(left.resolve("lock"));
      Path begun = Files.createDirectory(folder.resolve(".new-begun"));
      Path removed = Files.createDirectory(folder.resolve(".old-one@5"));
      Files.createFile(removed.resolve("memory-0"));
      one.memory(SavedSystem.RAM, system.ram.byteSize()).write(0, system.ram);
      try (SnapshotDraft other = store.begin("other")) {
        assertThat(left).doesNotExist();
        assertThat(begun).doesNotExist();
        assertThat(removed).doesNotExist();
        assertThat(other.folder()).exists();
      }
      one.commit().close();
    }
    assertThat(store.list()).hasSize(1);
  }

  /** A process was killed between the making of a snapshot and the removal of the older one. */
  @Test
  void ofTwoOfOneNameTheLatestIsTheSnapshot() throws IOException {
    new SavedSystem(14, 10).save(store, "one").close();
    Path old = Files.createDirectory(folder.resolve("one@1"));
    assertThat(store.list()).hasSize(1);
    store.open("one").close();
    store.begin("two").close();
    assertThat(old).doesNotExist();
    assertThat(store.has("one")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "../a", ".hidden", "a@1", "a b", "ä", "-x", "a\n"})
  void aNameIsLettersDigitsAndAFewSigns(String name) {
    assertThatThrownBy(() -> store.begin(name))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("cannot be the name of a snapshot");
    assertThatThrownBy(() -> store.open(name))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("there is no snapshot '" + name + "'");
  }

  @Test
  void aNameThatIsMissingIsRefusedWithTheNearest() {
    new SavedSystem(15, 10).save(store, "booted").close();
    assertThatThrownBy(() -> store.open("boted"))
        .hasMessage("there is no snapshot 'boted'; did you mean booted?");
    assertThatThrownBy(() -> store.remove("xyz"))
        .hasMessage("there is no snapshot 'xyz': there are booted");
  }

  @Test
  void aDamagedSnapshotIsListedAndCanBeRemoved() throws IOException {
    new SavedSystem(16, 10).save(store, "one").close();
    Files.delete(SavedSystem.only(folder).resolve("manifest"));
    assertThat(store.list().getFirst().trouble().orElseThrow()).endsWith("has no manifest");
    assertThatThrownBy(() -> store.open("one")).isInstanceOf(RefusedException.class);
    store.remove("one");
    assertThat(List.copyOf(store.list())).isEmpty();
    assertThat(SavedSystem.entries(folder)).isEmpty();
  }

  /** What is written down in it belongs to its user. */
  @Test
  void aSnapshotIsItsUsersOnly() throws IOException {
    new SavedSystem(17, 10).save(store, "one").close();
    Path place = SavedSystem.only(folder);
    if (Files.getFileStore(place).supportsFileAttributeView("posix")) {
      assertThat(Files.getPosixFilePermissions(place).toString()).doesNotContain("GROUP", "OTHERS");
    }
  }
}
