package atoll.codestore;

import atoll.engine.CodeStore.Label;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Writes a file of translated code. Its bytes are gathered in memory, and written elsewhere; it has
 * its name when it is complete. Used by one thread at a time.
 */
final class CodeFileWriter {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  /** Bytes that are gathered before they are written. */
  private static final int BUFFER = 1 << 20;

  /** Buffers that wait to be written; what comes then is lost. */
  private static final int MOST_WAITING = 4;

  private final Path part;
  private final BuildId build;
  private final long limit;
  private final Executor writing;
  private final CodeIndex index = new CodeIndex();
  private final AtomicInteger waiting = new AtomicInteger();

  private MemorySegment buffer;

  /** Where in the file the buffer's bytes go, and how many there are. */
  private long base = CodeForm.HEADER;

  private int filled;

  /** Opened by who writes first. */
  private FileChannel channel;

  /** What went wrong; nothing is written then any more. */
  private volatile IOException failure;

  /**
   * @param part the file until it is complete
   * @param limit bytes of its pieces at most
   * @param writing does the writing
   */
  CodeFileWriter(Path part, BuildId build, long limit, Executor writing) {
    this.part = part;
    this.build = build;
    this.limit = limit;
    this.writing = writing;
  }

  int count() {
    return index.count();
  }

  /** Bytes so far. */
  long size() {
    return base + filled;
  }

  boolean has(long key, Label label) {
    return index.has(key, label);
  }

  /** Adds a piece, unless there is no room. */
  void add(long key, Label label, MemorySegment piece) {
    int size = (int) piece.byteSize();
    int taken = CodeForm.taken(size);
    if (failure != null
        || size() + taken > limit
        || index.count() == CodeForm.MOST_PIECES
        || !room(taken)) {
      return;
    }
    MemorySegment to = buffer.asSlice(filled + CodeForm.PIECE_HEADER, size);
    to.copyFrom(piece);
    buffer.set(INT, filled, size);
    buffer.set(INT, filled + Integer.BYTES, CodeFile.check(to));
    index.add(key, label, (int) (size() / CodeForm.UNIT), size);
    filled += taken;
  }

  private boolean room(int bytes) {
    if (buffer != null && filled + bytes > BUFFER) {
      if (waiting.get() >= MOST_WAITING) {
        return false;
      }
      writeBuffer();
    }
    if (buffer == null) {
      buffer = Arena.ofAuto().allocate(BUFFER);
    }
    return true;
  }

  private void writeBuffer() {
    MemorySegment full = buffer.asSlice(0, filled);
    long at = base;
    base += filled;
    filled = 0;
    buffer = null;
    waiting.incrementAndGet();
    writing.execute(() -> {
      write(full, at);
      waiting.decrementAndGet();
    });
  }

  private void write(MemorySegment bytes, long at) {
    try {
      if (failure == null) {
        if (channel == null) {
          channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }
        var rest = bytes.asByteBuffer();
        while (rest.hasRemaining()) {
          int ignored = channel.write(rest, at + rest.position());
        }
      }
    } catch (IOException e) {
      failure = e;
    }
  }

  /**
   * Completes the file, and gives it its name; called where its writing is done, after the last
   * {@link #add}.
   *
   * @throws IOException if it cannot be written; then nothing is left of it
   */
  void publish(Path as) throws IOException {
    try {
      if (filled > 0) {
        write(buffer.asSlice(0, filled), base);
        base += filled;
        filled = 0;
      }
      MemorySegment entries = Arena.ofAuto().allocate(index.bytes());
      index.write(entries);
      write(entries, base);
      write(header(CodeFile.check(entries)), 0);
      if (failure != null) {
        throw failure;
      }
      channel.close();
      Files.move(part, as, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      discard();
    }
  }

  private MemorySegment header(int indexCheck) {
    MemorySegment header = Arena.ofAuto().allocate(CodeForm.HEADER);
    header.set(LONG, CodeForm.AT_MAGIC, CodeForm.MAGIC);
    header.set(INT, CodeForm.AT_VERSION, CodeForm.VERSION);
    header.set(INT, CodeForm.AT_COUNT, index.count());
    header.set(LONG, CodeForm.AT_BUILD, build.bytes());
    header.set(LONG, CodeForm.AT_BUILD + 8, build.first());
    header.set(LONG, CodeForm.AT_BUILD + 16, build.second());
    header.set(LONG, CodeForm.AT_INDEX, base);
    header.set(INT, CodeForm.AT_BUCKETS, index.buckets());
    header.set(INT, CodeForm.AT_INDEX_CHECK, indexCheck);
    header.set(
        INT, CodeForm.AT_HEADER_CHECK, CodeFile.check(header.asSlice(0, CodeForm.AT_HEADER_CHECK)));
    return header;
  }

  /** Leaves nothing; called where its writing is done. */
  void discard() throws IOException {
    if (channel != null) {
      channel.close();
      boolean ignored = Files.deleteIfExists(part);
    }
  }
}
