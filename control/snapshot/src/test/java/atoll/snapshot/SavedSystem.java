package atoll.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.image.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Memory of a system that changes as a seed says, and is saved now and then. */
final class SavedSystem {
  static final int PAGE = 4096;
  static final String RAM = "vm.ram";
  static final String CHANNEL = "channel.a";

  /** Bytes of the last page of the file, which is not whole. */
  static final int LAST = 100;

  /** A region whose last page is not whole. */
  static final int CHANNEL_BYTES = 3 * PAGE + LAST;

  private static final int FILE_PAGES = 40;

  final MemorySegment ram;
  final MemorySegment channel = Arena.ofAuto().allocate(CHANNEL_BYTES);
  private final Random random;

  SavedSystem(long seed, int pages) {
    random = new Random(seed);
    ram = Arena.ofAuto().allocate((long) pages * PAGE, PAGE);
    channel.fill((byte) 7);
  }

  static SnapshotStore store(Path folder) {
    return new SnapshotStore(folder, Clock.host(), Progress.SILENT);
  }

  private int pages() {
    return (int) (ram.byteSize() / PAGE);
  }

  /** Some page, which has something else now, perhaps zeroes. */
  private int change() {
    int page = random.nextInt(pages());
    MemorySegment bytes = ram.asSlice((long) page * PAGE, PAGE);
    bytes.fill((byte) 0);
    if (random.nextInt(4) != 0) {
      for (int i = 0; i < 64; i++) {
        bytes.setAtIndex(ValueLayout.JAVA_LONG, i * 3L, random.nextLong());
      }
    }
    return page;
  }

  /** Changes pages, of which some are adjacent; writes them if there is somebody to. */
  void change(int count, Optional<MemoryWriter> writer) {
    for (int i = 0; i < count; i++) {
      int page = change();
      writer.ifPresent(to -> to.write((long) page * PAGE, ram.asSlice((long) page * PAGE, PAGE)));
    }
  }

  private static void describe(SnapshotDraft draft) {
    draft.state(new byte[] {1, 2, 3});
    draft.text("scenario", new byte[] {4});
    draft.disk("vm.0", new byte[] {5, 6});
    try {
      Files.write(draft.file("vm.0"), file());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a disk has: something, many zeroes, and something in a page that is not whole. */
  static byte[] file() {
    byte[] bytes = new byte[FILE_PAGES * PAGE + LAST];
    Arrays.fill(bytes, 0, 3 * PAGE, (byte) 11);
    Arrays.fill(bytes, FILE_PAGES * PAGE, bytes.length, (byte) 12);
    return bytes;
  }

  /** Saves all that there is. */
  Snapshot save(SnapshotStore store, String name) {
    try (SnapshotDraft draft = store.begin(name)) {
      describe(draft);
      draft.memory(RAM, ram.byteSize()).write(0, ram);
      draft.memory(CHANNEL, CHANNEL_BYTES).write(0, channel);
      return draft.commit();
    }
  }

  /** Changes pages, and saves those only. */
  Snapshot save(SnapshotStore store, String name, Snapshot parent, int changes) {
    try (SnapshotDraft draft = store.begin(name, Optional.of(parent))) {
      describe(draft);
      change(changes, Optional.of(draft.memory(RAM, ram.byteSize())));
      MemoryWriter ignored = draft.memory(CHANNEL, CHANNEL_BYTES);
      return draft.commit();
    }
  }

  /** Requires a snapshot's memory to be this system's. */
  void requireSaved(Snapshot snapshot) {
    requireSame(snapshot.memory(RAM).orElseThrow(), ram);
    requireSame(snapshot.memory(CHANNEL).orElseThrow(), channel);
  }

  private static void requireSame(SavedMemory saved, MemorySegment expected) {
    assertThat(saved.size()).isEqualTo(expected.byteSize());
    MemorySegment found = Arena.ofAuto().allocate(saved.size());
    saved.read(0, found);
    assertThat(found.mismatch(expected)).as(saved.name()).isEqualTo(-1);
  }

  /** The names of what is in the folder of a store, but for its lock. */
  static List<String> entries(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(each -> each.getFileName().toString())
          .filter(name -> !name.equals("lock"))
          .sorted()
          .toList();
    }
  }

  /** The folder of the only snapshot of a store. */
  static Path only(Path folder) throws IOException {
    List<String> entries = entries(folder);
    assertThat(entries).hasSize(1);
    return folder.resolve(entries.getFirst());
  }
}
