package atoll.codestore;

import atoll.engine.CodeStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Finds pieces in files. What is needed at the same time was made at the same time, and so lies
 * together: files are read through a few windows.
 */
final class CodeReader implements CodeStore.Reader {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final int WINDOWS = 32;

  /** Bytes that are read at once, unless a piece is larger. */
  private static final int READ = 16 << 10;

  /** The latest first. */
  private final List<CodeFile> files;

  private final CRC32 sum = new CRC32();
  private final Window[] windows = new Window[WINDOWS];
  private int turn;

  /** Entries that were refused, by file and number. */
  private final Set<Long> refused = new HashSet<>();

  private long key;

  /** The file that is looked through, and the entry that is offered, plus one. */
  private int file;

  private int entry;
  private boolean begun;
  private int followed;

  /** A part of a file, in memory. */
  private static final class Window {
    final MemorySegment memory;
    final ByteBuffer bytes;
    int file = -1;
    long from;
    long length;

    Window(int size) {
      memory = Arena.ofAuto().allocate(size);
      bytes = memory.asByteBuffer();
    }

    boolean has(int of, long at, int size) {
      return file == of && at >= from && at + size <= from + length;
    }

    boolean fill(int of, CodeFile source, long at, int size) {
      file = -1;
      from = at;
      length = Math.max(size, Math.min(READ, source.size() - at));
      if (!source.read(memory.asSlice(0, length), at)) {
        return false;
      }
      file = of;
      return true;
    }
  }

  CodeReader(List<CodeFile> files) {
    this.files = files;
  }

  @Override
  public void seek(long sought) {
    key = sought;
    file = 0;
    begun = false;
    followed = 0;
  }

  @Override
  public boolean next() {
    while (file < files.size()) {
      CodeFile from = files.get(file);
      entry = begun ? from.next(entry) : from.first(key);
      begun = true;
      while (entry != 0 && followed++ < CodeForm.MOST_FOLLOWED) {
        if (from.key(entry) == key && (refused.isEmpty() || !refused.contains(offered()))) {
          return true;
        }
        entry = from.next(entry);
      }
      file++;
      begun = false;
    }
    return false;
  }

  private long offered() {
    return (long) file << 32 | entry;
  }

  @Override
  public int length() {
    return files.get(file).length(entry);
  }

  @Override
  public long hash() {
    return files.get(file).hash(entry);
  }

  @Override
  public MemorySegment read() {
    CodeFile from = files.get(file);
    long place = from.place(entry);
    if (place < 0) {
      return null;
    }
    int size = from.size(entry);
    Window window = window(from, place, CodeForm.PIECE_HEADER + size);
    if (window == null) {
      return null;
    }
    int at = (int) (place - window.from);
    int begin = at + CodeForm.PIECE_HEADER;
    sum.reset();
    sum.update(window.bytes.limit(begin + size).position(begin));
    if (window.memory.get(INT, at) != size
        || window.memory.get(INT, at + Integer.BYTES) != (int) sum.getValue()) {
      return null;
    }
    from.use(entry);
    return window.memory.asSlice(begin, size);
  }

  private Window window(CodeFile from, long place, int size) {
    for (Window window : windows) {
      if (window != null && window.has(file, place, size)) {
        return window;
      }
    }
    turn = (turn + 1) % WINDOWS;
    if (windows[turn] == null || windows[turn].memory.byteSize() != Math.max(READ, size)) {
      windows[turn] = new Window(Math.max(READ, size));
    }
    return windows[turn].fill(file, from, place, size) ? windows[turn] : null;
  }

  @Override
  public void refuse() {
    refused.add(offered());
  }

  @Override
  public void close() {
    for (int i = 0; i < WINDOWS; i++) {
      windows[i] = null;
    }
  }
}
