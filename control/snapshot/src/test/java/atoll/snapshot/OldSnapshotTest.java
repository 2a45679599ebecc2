package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots of each version, as they were exported then; a new version adds a file. */
class OldSnapshotTest {
  private static final int PAGES = 300;

  @TempDir private Path temp;

  private static byte[] exported(int version) throws IOException {
    try (InputStream in =
        OldSnapshotTest.class.getResourceAsStream("version-%d.atoll".formatted(version))) {
      return in.readAllBytes();
    }
  }

  /** What all of them have. */
  private static SavedSystem system() {
    SavedSystem system = new SavedSystem(99, PAGES);
    system.ram.asSlice(0, 200L * SavedSystem.PAGE).fill((byte) 5);
    return system;
  }

  /** What is exported now of a system that never changes, but for the time. */
  private byte[] present() throws IOException {
    SnapshotStore store = SavedSystem.store(temp.resolve("snapshots"));
    SavedSystem system = system();
    try (Snapshot parent = system.save(store, "parent")) {
      system.save(store, "one", parent, 10).close();
    }
    store.export("one", temp.resolve("one.atoll"));
    return Files.readAllBytes(temp.resolve("one.atoll"));
  }

  @ParameterizedTest
  @ValueSource(ints = 1)
  void aSnapshotOfAnOlderVersionIsRead(int version) throws IOException {
    Path file = Files.write(temp.resolve("old.atoll"), exported(version));
    SnapshotStore store = SavedSystem.store(temp.resolve("snapshots"));
    store.importFrom(file, "old");
    SavedSystem system = system();
    system.change(10, Optional.empty());
    try (Snapshot snapshot = store.open("old")) {
      system.requireSaved(snapshot);
      assertThat(snapshot.state()).containsExactly(1, 2, 3);
      assertThat(snapshot.file("vm.0")).hasBinaryContent(SavedSystem.file());
    }
  }

  /** A change of the manifest that makes no new version would make older snapshots unreadable. */
  @Test
  void theManifestOfTheLatestVersionHasTheShapeThatItHad() throws IOException {
    byte[] now = present();
    byte[] then = exported(ManifestFile.FORMAT.version());
    int shape = shape(now);
    assertThat(Arrays.copyOf(now, shape)).isEqualTo(Arrays.copyOf(then, shape));
  }

  /**
   * Up to where the time is, which is the first thing that differs. The length of the manifest, and
   * the names of the other fields, come before it.
   */
  private static int shape(byte[] exported) {
    String text = new String(exported, StandardCharsets.ISO_8859_1);
    return text.indexOf("saved") + "saved".length();
  }
}
