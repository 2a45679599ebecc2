package atoll.vmm;

import atoll.host.FileType;
import atoll.host.HostException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/**
 * Bytes to be loaded into a machine, and the name that messages call them by. A file is mapped
 * while it is loaded and at no other time; a machine that resets loads it again.
 */
public final class Image {
  private final String name;
  private final Source source;

  @FunctionalInterface
  private interface Source {
    MemorySegment map(Arena arena) throws IOException;
  }

  private Image(String name, Source source) {
    this.name = Objects.requireNonNull(name, "name");
    this.source = source;
  }

  /** The contents that {@code path} has at each start of the machine. */
  public static Image file(Path path) {
    return new Image(path.toString(), arena -> map(path, arena));
  }

  /** The contents of an array, which must not change any more. */
  public static Image bytes(String name, byte[] bytes) {
    MemorySegment segment = MemorySegment.ofArray(bytes).asReadOnly();
    return new Image(name, arena -> segment);
  }

  /**
   * One image behind another, each beginning at a multiple of four bytes, as the archives of an
   * initial RAM disk must.
   */
  public static Image joined(Image first, Image second) {
    return new Image(
        first.name + " and " + second.name,
        arena -> {
          MemorySegment head = first.map(arena);
          MemorySegment tail = second.map(arena);
          long start = (head.byteSize() + 3) & -4;
          MemorySegment all = arena.allocate(start + tail.byteSize());
          all.copyFrom(head);
          all.asSlice(start).copyFrom(tail);
          return all;
        });
  }

  /** A file's path, or what the caller has named it. */
  public String name() {
    return name;
  }

  /**
   * The contents, read-only, at most until {@code arena} is closed.
   *
   * @throws VmException if there is no such file, it is empty, or it cannot be read
   */
  MemorySegment map(Arena arena) {
    try {
      MemorySegment contents = source.map(arena);
      if (contents.byteSize() == 0) {
        throw new VmException(name + " is empty; give the path of a whole file");
      }
      return contents;
    } catch (IOException e) {
      throw new VmException("%s cannot be read: %s".formatted(name, HostException.reason(e)), e);
    }
  }

  /**
   * Copies the contents to the beginning of zeroed memory, of which pages stay untouched that stay
   * zero.
   *
   * @throws VmException as {@link #map}, or if it is too large
   */
  void copyInto(MemorySegment memory) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment contents = map(arena);
      if (contents.byteSize() > memory.byteSize()) {
        throw new VmException(
            "%s has %d bytes, expected at most %d"
                .formatted(name, contents.byteSize(), memory.byteSize()));
      }
      BootPlan.copyUnlessZero(contents, memory.asSlice(0, contents.byteSize()));
    }
  }

  private static MemorySegment map(Path path, Arena arena) throws IOException {
    Optional<String> obstacle = FileType.obstacle(path, false);
    if (obstacle.isPresent()) {
      throw new VmException(obstacle.get());
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
