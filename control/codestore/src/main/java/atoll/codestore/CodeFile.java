package atoll.codestore;

import atoll.engine.CodeStore;
import atoll.engine.CodeStore.Label;
import atoll.host.HostFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A file of translated code, to be read. It may have anything in it: the header and the index are
 * checked when it is opened, each piece when it is read. Its index is in memory; pieces are read
 * and not mapped, so that nobody who shortens or changes the file changes what has been checked.
 */
final class CodeFile implements AutoCloseable {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  final Path path;
  private final HostFile file;
  private final long size;
  private final MemorySegment index;
  private final int buckets;
  private final int count;

  /** By number: whether it has been read, by whichever thread. */
  private final boolean[] used;

  private CodeFile(
      Path path, HostFile file, long size, MemorySegment index, int buckets, int count) {
    this.path = path;
    this.file = file;
    this.size = size;
    this.index = index;
    this.buckets = buckets;
    this.count = count;
    used = new boolean[count];
  }

  /** Opens a file; nothing if it is not one of that build, or is damaged. */
  static Optional<CodeFile> open(Path path, BuildId build) throws IOException {
    Optional<HostFile> opened = HostFile.openItself(path);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    Optional<CodeFile> read = read(path, opened.get(), build);
    if (read.isEmpty()) {
      opened.get().close();
    }
    return read;
  }

  private static Optional<CodeFile> read(Path path, HostFile file, BuildId build) {
    long size = file.size();
    MemorySegment header = Arena.ofAuto().allocate(CodeForm.HEADER);
    if (size < CodeForm.HEADER || !fill(file, header, 0) || !sound(header, build)) {
      return Optional.empty();
    }
    int count = header.get(INT, CodeForm.AT_COUNT);
    int buckets = header.get(INT, CodeForm.AT_BUCKETS);
    long at = header.get(LONG, CodeForm.AT_INDEX);
    if (count < 0
        || count > CodeForm.MOST_PIECES
        || Integer.bitCount(buckets) != 1
        || buckets < 0
        || buckets > 2 * CodeForm.MOST_PIECES) {
      return Optional.empty();
    }
    long bytes = (long) Integer.BYTES * buckets + (long) CodeForm.ENTRY * count;
    if (at < CodeForm.HEADER || at > size - bytes) {
      return Optional.empty();
    }
    MemorySegment index = Arena.ofAuto().allocate(bytes);
    return fill(file, index, at) && check(index) == header.get(INT, CodeForm.AT_INDEX_CHECK)
        ? Optional.of(new CodeFile(path, file, at, index, buckets, count))
        : Optional.empty();
  }

  private static boolean sound(MemorySegment header, BuildId build) {
    return header.get(LONG, CodeForm.AT_MAGIC) == CodeForm.MAGIC
        && header.get(INT, CodeForm.AT_VERSION) == CodeForm.VERSION
        && header.get(LONG, CodeForm.AT_BUILD) == build.bytes()
        && header.get(LONG, CodeForm.AT_BUILD + 8) == build.first()
        && header.get(LONG, CodeForm.AT_BUILD + 16) == build.second()
        && check(header.asSlice(0, CodeForm.AT_HEADER_CHECK))
            == header.get(INT, CodeForm.AT_HEADER_CHECK);
  }

  /** The checksum of native memory. */
  static int check(MemorySegment bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes.asByteBuffer());
    return (int) sum.getValue();
  }

  private static boolean fill(HostFile file, MemorySegment into, long from) {
    long done = 0;
    while (done < into.byteSize()) {
      long read = file.read(List.of(into.asSlice(done)), from + done);
      if (read <= 0) {
        return false;
      }
      done += read;
    }
    return true;
  }

  /** Reads bytes from a place; returns whether there were so many. */
  boolean read(MemorySegment into, long from) {
    return fill(file, into, from);
  }

  int count() {
    return count;
  }

  /** Bytes of its pieces, with the header. */
  long size() {
    return size;
  }

  /** The first entry of a key's bucket, plus one; or 0. */
  int first(long key) {
    return number(index.get(INT, (long) Integer.BYTES * CodeForm.bucket(key, buckets)));
  }

  /** The one behind it. */
  int next(int entry) {
    return number(get(entry, CodeForm.ENTRY_NEXT));
  }

  private int number(int next) {
    return next > 0 && next <= count ? next : 0;
  }

  private long at(int entry) {
    return (long) Integer.BYTES * buckets + (long) CodeForm.ENTRY * (entry - 1);
  }

  private int get(int entry, int what) {
    return index.get(INT, at(entry) + what);
  }

  long key(int entry) {
    return index.get(LONG, at(entry) + CodeForm.ENTRY_KEY);
  }

  long hash(int entry) {
    return index.get(LONG, at(entry) + CodeForm.ENTRY_HASH);
  }

  int kind(int entry) {
    return get(entry, CodeForm.ENTRY_LABEL) & CodeForm.KIND_MASK;
  }

  int length(int entry) {
    return get(entry, CodeForm.ENTRY_LABEL) >>> CodeForm.LENGTH_SHIFT;
  }

  Label label(int entry) {
    return new Label(kind(entry), length(entry), hash(entry));
  }

  /** Bytes of its piece. */
  int size(int entry) {
    return get(entry, CodeForm.ENTRY_SIZE);
  }

  /** Where its piece begins, with what is in front of it; -1 if there can be none. */
  long place(int entry) {
    long place = CodeForm.UNIT * (get(entry, CodeForm.ENTRY_PLACE) & 0xffff_ffffL);
    int bytes = size(entry);
    boolean sound =
        bytes > 0
            && bytes <= CodeStore.LARGEST_PIECE
            && place >= CodeForm.HEADER
            && place + CodeForm.PIECE_HEADER + bytes <= size
            && length(entry) >= 2
            && length(entry) <= 4096;
    return sound ? place : -1;
  }

  void use(int entry) {
    used[entry - 1] = true;
  }

  boolean used(int entry) {
    return used[entry - 1];
  }

  @Override
  public void close() {
    file.close();
  }
}
