package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.HostException;
import atoll.image.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that saves one snapshot over another, and is killed, or has no room. */
class KilledSaveTest {
  private static final int PAGES = 2000;

  @TempDir private Path temp;

  /** Saves a system whose pages and state are the number of the save. */
  static final class Saver {
    private Saver() {}

    public static void main(String[] arguments) {
      SnapshotStore store = SavedSystem.store(Path.of(arguments[0]));
      MemorySegment memory = Arena.ofAuto().allocate((long) PAGES * SavedSystem.PAGE);
      Optional<Snapshot> parent = Optional.empty();
      try {
        for (byte number = 1; number < 100; number++) {
          parent = Optional.of(save(store, memory, number, parent));
        }
      } catch (HostException e) {
        System.out.println(e.getMessage());
      }
    }

    private static Snapshot save(
        SnapshotStore store, MemorySegment memory, byte number, Optional<Snapshot> parent) {
      memory.fill(number);
      try (SnapshotDraft draft = store.begin("one", parent)) {
        System.out.println("begun " + number);
        draft.state(new byte[] {number});
        MemoryWriter writer = draft.memory("vm.ram", memory.byteSize());
        writer.write(0, memory.asSlice(0, memory.byteSize() / 2));
        System.out.println("half " + number);
        writer.write(memory.byteSize() / 2, memory.asSlice(memory.byteSize() / 2));
        System.out.println("written " + number);
        Snapshot made = draft.commit();
        System.out.println("saved " + number);
        return made;
      }
    }
  }

  private List<String> command() {
    return new ArrayList<>(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Saver.class.getName(),
            temp.toString()));
  }

  private static List<String> run(List<String> command, String last)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> said = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        said.add(line);
        if (line.equals(last)) {
          break;
        }
      }
    } finally {
      process.destroyForcibly(); // SIGKILL
    }
    int code = process.waitFor();
    assertThat(code).as(String.join("\n", said)).isIn(0, 128 + 9);
    return said;
  }

  /** The state says which save it is; all pages must be of that. */
  private byte requireWhole() throws IOException {
    SnapshotStore store = SavedSystem.store(temp);
    store.begin("other").close(); // removes what is left
    assertThat(SavedSystem.entries(temp)).hasSize(1);
    try (Snapshot snapshot = store.open("one")) {
      byte number = snapshot.state()[0];
      MemorySegment memory = Arena.ofAuto().allocate((long) PAGES * SavedSystem.PAGE);
      snapshot.memory("vm.ram").orElseThrow().read(0, memory);
      assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).containsOnly(number);
      assertThat(snapshot.verify(Progress.SILENT)).isEmpty();
      return number;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"begun 3", "half 3", "written 3", "saved 3", "written 4"})
  void aKilledSaveLeavesTheOlderSnapshotOrTheNewOneWhole(String last) throws Exception {
    List<String> said = run(command(), last);
    assertThat(said).contains(last);
    assertThat(requireWhole()).isGreaterThanOrEqualTo((byte) 2);
  }

  /** A limit on the size of files is a disk that is full for large ones. */
  @Test
  void aSaveWithoutRoomLeavesTheOlderSnapshotAndNothingElse() throws Exception {
    SnapshotStore store = SavedSystem.store(temp);
    try (SnapshotDraft draft = store.begin("one")) {
      MemorySegment memory = Arena.ofAuto().allocate((long) PAGES * SavedSystem.PAGE);
      memory.fill((byte) 77);
      draft.state(new byte[] {77});
      draft.memory("vm.ram", memory.byteSize()).write(0, memory);
      draft.commit().close();
    }
    List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 100; exec \"$@\"", "sh"));
    limited.addAll(command());
    List<String> said = run(limited, "");
    assertThat(said.getLast())
        .contains("vm.ram of the snapshot cannot be saved: ", "make room in ");
    assertThat(SavedSystem.entries(temp)).hasSize(1);
    assertThat(requireWhole()).isEqualTo((byte) 77);
  }
}
