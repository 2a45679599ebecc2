package atoll.snapshot;

import static atoll.image.Progress.SILENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.image.RefusedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that saves one snapshot over another, and is killed, or has no room. */
class KilledSaveTest {
  private static final int PAGES = 2000;

  /** Every so many saves all pages are new; the others have a few new ones, over a parent. */
  private static final int WHOLE = 3;

  private static final int FEW = 10;

  @TempDir private Path temp;

  /** Saves a system whose state is the number of the save, as are the first pages. */
  static final class Saver {
    private Saver() {}

    public static void main(String[] arguments) {
      SnapshotStore store =
          new SnapshotStore(Path.of(arguments[0]), new StoppingClock(arguments[1]), SILENT);
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

    /** Of each save the first look at it is when all of the memory is in files. */
    private record StoppingClock(String last, AtomicInteger looks) implements Clock {
      StoppingClock(String last) {
        this(last, new AtomicInteger());
      }

      @Override
      public long nanos() {
        return Clock.host().nanos();
      }

      @Override
      public long epochNanos() {
        int look = looks.getAndIncrement();
        String point = (look % 2 == 0 ? "sealing " : "naming ") + (look / 2 + 1);
        System.out.println(point);
        while (point.equals(last)) {
          LockSupport.park(); // to be killed here
        }
        return Clock.host().epochNanos();
      }
    }

    private static Snapshot save(
        SnapshotStore store, MemorySegment memory, byte number, Optional<Snapshot> parent) {
      long changed = memory.byteSize();
      if (number == whole(number)) {
        memory.fill(number);
      } else {
        changed = FEW * SavedSystem.PAGE;
        memory.asSlice(0, changed).fill(number);
      }
      try (SnapshotDraft draft = store.begin("one", parent)) {
        System.out.println("begun " + number);
        draft.state(new byte[] {number});
        parent.ifPresent(older -> file(draft, number, older));
        MemoryWriter writer = draft.memory("vm.ram", memory.byteSize());
        writer.write(0, memory.asSlice(0, changed / 2));
        System.out.println("half " + number);
        writer.write(changed / 2, memory.asSlice(changed / 2, changed / 2));
        System.out.println("written " + number);
        Snapshot made = draft.commit();
        System.out.println("saved " + number);
        return made;
      }
    }
  }

  private static final String FILE = "disk";

  /** What is not changed by each save is in a file, too, which both snapshots have then. */
  private static void file(SnapshotDraft draft, byte number, Snapshot older) {
    if (number != whole(number) && older.has(FILE) && draft.share(older, List.of(FILE))) {
      return;
    }
    try {
      Path ignored = Files.write(draft.file(FILE), new byte[] {whole(number)});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The save since which the other pages are as they are. */
  private static byte whole(byte number) {
    return (byte) (number - (number - 1) % WHOLE);
  }

  private static List<String> command(Class<?> program, String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(words));
    return command;
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
      byte[] bytes = memory.toArray(ValueLayout.JAVA_BYTE);
      int few = FEW * SavedSystem.PAGE;
      assertThat(Arrays.copyOf(bytes, few)).containsOnly(number);
      assertThat(Arrays.copyOfRange(bytes, few, bytes.length)).containsOnly(whole(number));
      if (snapshot.has(FILE)) {
        assertThat(snapshot.file(FILE)).hasBinaryContent(new byte[] {whole(number)});
      }
      assertThat(snapshot.verify(SILENT)).isEmpty();
      return number;
    }
  }

  /** The third is over a parent, the fourth a whole one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "begun 3",
        "written 3",
        "sealing 3",
        "naming 3",
        "saved 3",
        "written 4",
        "naming 4"
      })
  void aKilledSaveLeavesTheOlderSnapshotOrTheNewOneWhole(String last) throws Exception {
    List<String> said = run(command(Saver.class, temp.toString(), last), last);
    assertThat(said).contains(last);
    byte number = requireWhole();
    assertThat(number).isGreaterThanOrEqualTo((byte) 2);
    if (last.endsWith("ing 3")) {
      assertThat(number).as("it has no name yet").isEqualTo((byte) 2);
    }
  }

  /** A limit on the size of files is a disk that is full for large ones. */
  @Test
  void aSaveWithoutRoomLeavesTheOlderSnapshotAndNothingElse() throws Exception {
    SnapshotStore store = SavedSystem.store(temp);
    try (SnapshotDraft draft = store.begin("one")) {
      MemorySegment memory = Arena.ofAuto().allocate((long) PAGES * SavedSystem.PAGE);
      memory.fill((byte) 76);
      memory.asSlice(0, FEW * SavedSystem.PAGE).fill((byte) 77);
      draft.state(new byte[] {77});
      draft.memory("vm.ram", memory.byteSize()).write(0, memory);
      draft.commit().close();
    }
    List<String> limited = new ArrayList<>(List.of("sh", "-c", "ulimit -f 100; exec \"$@\"", "sh"));
    limited.addAll(command(Saver.class, temp.toString(), "never"));
    List<String> said = run(limited, "");
    assertThat(said.getLast())
        .contains("vm.ram of the snapshot cannot be saved: ", "make room in ");
    assertThat(SavedSystem.entries(temp)).hasSize(1);
    assertThat(requireWhole()).isEqualTo((byte) 77);
  }

  /** Saves over a snapshot in a file system that has been filled up to some room. */
  static final class Crowded {
    /** In pages; the last is enough for the memory, and not for what else there is. */
    static final int[] ROOMS = {0, 1, 2, 3, 100, PAGES - 1, PAGES};

    private Crowded() {}

    public static void main(String[] arguments) throws IOException {
      Path disk = Path.of(arguments[0]);
      SnapshotStore store = SavedSystem.store(disk.resolve("snapshots"));
      MemorySegment memory = Arena.ofAuto().allocate((long) PAGES * SavedSystem.PAGE);
      memory.fill((byte) 1);
      Saver.save(store, memory, (byte) 1, Optional.empty()).close();
      for (int room : ROOMS) {
        fill(disk.resolve("filler"), room);
        System.out.println(room + ": " + attempt(store, memory));
        Files.delete(disk.resolve("filler"));
        require(store, memory);
      }
      Saver.save(store, memory, (byte) 4, Optional.empty()).close();
      System.out.println("all is well");
    }

    /** Takes all the room there is, but for some pages. */
    private static void fill(Path filler, int room) throws IOException {
      long left = Files.getFileStore(filler.getParent()).getUsableSpace() / SavedSystem.PAGE;
      try (OutputStream out = Files.newOutputStream(filler)) {
        for (long page = room; page < left; page++) {
          out.write(new byte[SavedSystem.PAGE]);
        }
      }
    }

    private static String attempt(SnapshotStore store, MemorySegment memory) {
      try {
        MemorySegment other = Arena.ofAuto().allocate(memory.byteSize());
        Saver.save(store, other.copyFrom(memory), (byte) 4, Optional.empty()).close();
        return "saved";
      } catch (HostException | RefusedException e) {
        return e.getMessage();
      }
    }

    private static void require(SnapshotStore store, MemorySegment memory) throws IOException {
      try (Snapshot snapshot = store.open("one")) {
        MemorySegment found = Arena.ofAuto().allocate(memory.byteSize());
        snapshot.memory("vm.ram").orElseThrow().read(0, found);
        List<String> wrong = snapshot.verify(SILENT);
        if (snapshot.state()[0] != 1 || found.mismatch(memory) != -1 || !wrong.isEmpty()) {
          throw new AssertionError("the older snapshot is not whole: " + wrong);
        }
      }
    }
  }

  /** Whether this host has file systems of a process's own. */
  private static final String[] APART = {"unshare", "--user", "--map-root-user", "--mount"};

  private static boolean runs(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aDiskThatIsFullAtAnyPointLeavesTheOlderSnapshotWhole() throws Exception {
    String mount = "mount -t tmpfs -o size=20m none '%s'".formatted(temp);
    List<String> tried = new ArrayList<>(List.of(APART));
    tried.addAll(List.of("sh", "-c", mount));
    assumeTrue(
        runs(tried.toArray(String[]::new)), "this host gives no process a file system of its own");
    List<String> inside = new ArrayList<>(List.of(APART));
    inside.addAll(List.of("sh", "-c", mount + " && exec \"$@\"", "sh"));
    inside.addAll(command(Crowded.class, temp.toString()));
    List<String> said = run(inside, "all is well");
    assertThat(said).contains("all is well");
    assertThat(said)
        .filteredOn(line -> line.contains(" cannot be saved: no space left on device; make room"))
        .hasSize(Crowded.ROOMS.length);
  }
}
