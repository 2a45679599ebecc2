package atoll.nbd;

import static atoll.nbd.ProtocolException.require;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Serves the requests of one client, one after the other. Replies that wait while there are further
 * requests go out together.
 *
 * <p>Data goes through a buffer of a fixed size, so a client costs no more memory with a large
 * request than with many small ones.
 */
final class ServerSession {
  /** How long a client may leave a request half sent, or a reply half taken. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int PIECE = 1 << 20;

  /** Of a read: below it is not worth a look where there are holes. */
  private static final int SPARSE_LEAST = 64 << 10;

  /** Of a range without data, so that others get their turn with the disk. */
  private static final long RANGE = 64 << 20;

  private static final int RUNS_MOST = 4096;
  private static final int KNOWN_FLAGS =
      Protocol.FLAG_FUA | Protocol.FLAG_NO_HOLE | Protocol.FLAG_DF | Protocol.FLAG_REQ_ONE;

  private final Wire wire;
  private final NbdExport export;
  private final ServerHandshake.Agreement agreed;
  private final MemorySegment buffer;

  // The request that is being served.
  private int flags;
  private long cookie;
  private long offset;
  private long length;

  /** A request was not done; its client goes on. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int error;

    RefusedException(int error, String why) {
      super(why);
      this.error = error;
    }
  }

  private ServerSession(
      Wire wire, NbdExport export, ServerHandshake.Agreement agreed, MemorySegment buffer) {
    this.wire = wire;
    this.export = export;
    this.agreed = agreed;
    this.buffer = buffer;
  }

  /** Serves a client until it goes. */
  static void run(Wire wire, NbdExport export, ServerHandshake.Agreement agreed)
      throws IOException {
    try (Arena arena = Arena.ofShared()) {
      ServerSession session = new ServerSession(wire, export, agreed, arena.allocate(PIECE, 4096));
      boolean more = true;
      while (more) {
        more = session.next();
      }
    }
  }

  /** Serves a request; returns false at the end. */
  private boolean next() throws IOException {
    if (!wire.buffered()) {
      wire.flush();
      wire.patience(Duration.ZERO);
      if (!wire.await()) {
        return false;
      }
      wire.patience(PATIENCE);
    }
    require(wire.int32() == Protocol.REQUEST_MAGIC, "something that is no request");
    flags = wire.uint16();
    int command = wire.uint16();
    cookie = wire.int64();
    offset = wire.int64();
    length = wire.uint32();
    if (command == Protocol.CMD_DISC) {
      return false;
    }
    try {
      serve(command);
    } catch (RefusedException e) {
      refuse(e.error, e.getMessage());
    }
    return true;
  }

  private void serve(int command) throws IOException, RefusedException {
    switch (command) {
      case Protocol.CMD_READ -> read();
      case Protocol.CMD_WRITE -> write();
      case Protocol.CMD_FLUSH -> flush();
      case Protocol.CMD_TRIM -> range(command);
      case Protocol.CMD_WRITE_ZEROES -> range(command);
      case Protocol.CMD_BLOCK_STATUS -> status();
      default -> throw new RefusedException(Protocol.EINVAL, "there is no such request here");
    }
  }

  /** What is past the end is refused as qemu-nbd does it, also for writes. */
  private void check() throws RefusedException {
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw new RefusedException(
          Protocol.EINVAL, "there are no flags 0x%x here".formatted(flags & ~KNOWN_FLAGS));
    }
    if (offset < 0 || length > export.size() || offset > export.size() - length) {
      throw new RefusedException(Protocol.EINVAL, "it is past the end of the export");
    }
  }

  private void requireWritable() throws RefusedException {
    if (export.readOnly()) {
      throw new RefusedException(Protocol.EPERM, "the export is read-only");
    }
  }

  /** Something with the disk. */
  @FunctionalInterface
  private interface Work {
    void perform() throws IOException;
  }

  /** A failure of the disk is the request's only. */
  private static void onDisk(Work work) throws RefusedException {
    try {
      work.perform();
    } catch (IOException | RuntimeException e) {
      String reason = String.valueOf(e.getMessage());
      boolean full = reason.contains("No space left") || reason.contains("Disk quota exceeded");
      throw new RefusedException(full ? Protocol.ENOSPC : Protocol.EIO, reason);
    } catch (OutOfMemoryError e) {
      throw new RefusedException(Protocol.ENOMEM, "there is no memory");
    }
  }

  private void refuse(int error, String why) throws IOException {
    if (!agreed.structured()) {
      simple(error);
      return;
    }
    byte[] words = Wire.utf8(why.substring(0, Math.min(1024, why.length())));
    chunk(Protocol.REPLY_DONE, Protocol.REPLY_ERROR, Integer.BYTES + Short.BYTES + words.length);
    wire.put32(error).put16(words.length).put(words);
  }

  private void simple(int error) throws IOException {
    wire.put32(Protocol.SIMPLE_REPLY_MAGIC).put32(error).put64(cookie);
  }

  private void chunk(int done, int type, long size) throws IOException {
    wire.put32(Protocol.STRUCTURED_REPLY_MAGIC).put16(done).put16(type);
    wire.put64(cookie).put32((int) size);
  }

  private void read() throws IOException, RefusedException {
    check();
    if (length > Protocol.PAYLOAD_MOST) {
      throw new RefusedException(Protocol.EINVAL, "a read has at most 33554432 bytes");
    }
    if (length == 0) {
      throw new RefusedException(Protocol.EINVAL, "a read of nothing");
    }
    if (agreed.structured() && (flags & Protocol.FLAG_DF) == 0) {
      readInChunks();
    } else {
      readWhole();
    }
  }

  /**
   * In one piece: its header promises all of it, so a failure behind the first part of a long one
   * can only end the connection.
   */
  private void readWhole() throws IOException, RefusedException {
    for (long at = 0; at < length; at += PIECE) {
      long from = offset + at;
      MemorySegment part = buffer.asSlice(0, Math.min(PIECE, length - at));
      try {
        onDisk(() -> export.read(from, part));
      } catch (RefusedException e) {
        if (at == 0) {
          throw e;
        }
        throw new IOException("a read failed half-way: " + e.getMessage(), e);
      }
      if (at == 0 && agreed.structured()) {
        chunk(Protocol.REPLY_DONE, Protocol.REPLY_OFFSET_DATA, Long.BYTES + length);
        wire.put64(offset);
      } else if (at == 0) {
        simple(0);
      }
      wire.put(part);
    }
  }

  private void readInChunks() throws IOException, RefusedException {
    for (long at = 0; at < length; ) {
      BlockStatus run = known(offset + at, length - at);
      long part = Math.min(run.length(), length - at);
      int done = at + part == length ? Protocol.REPLY_DONE : 0;
      if (run.zero()) {
        chunk(done, Protocol.REPLY_OFFSET_HOLE, Long.BYTES + Integer.BYTES);
        wire.put64(offset + at).put32((int) part);
      } else {
        data(offset + at, buffer.asSlice(0, part), done);
      }
      at += part;
    }
  }

  /** What is no hole is at most a buffer long. */
  private BlockStatus known(long from, long most) throws RefusedException {
    if (length < SPARSE_LEAST) {
      return new BlockStatus(most, false, false);
    }
    BlockStatus run = status(from, most);
    return run.zero() ? run : new BlockStatus(Math.min(PIECE, run.length()), false, false);
  }

  private void data(long from, MemorySegment part, int done) throws IOException, RefusedException {
    onDisk(() -> export.read(from, part));
    chunk(done, Protocol.REPLY_OFFSET_DATA, Long.BYTES + part.byteSize());
    wire.put64(from).put(part);
  }

  private BlockStatus status(long from, long most) throws RefusedException {
    BlockStatus[] found = new BlockStatus[1];
    onDisk(() -> found[0] = export.status(from, most));
    return found[0];
  }

  /** The data of a write that is refused is read all the same. */
  private void write() throws IOException, RefusedException {
    require(length <= Protocol.PAYLOAD_MOST, "a write of %d bytes".formatted(length));
    RefusedException refused = null;
    try {
      check();
      requireWritable();
    } catch (RefusedException e) {
      refused = e;
    }
    for (long at = 0; at < length; at += PIECE) {
      long to = offset + at;
      MemorySegment part = buffer.asSlice(0, Math.min(PIECE, length - at));
      wire.read(part);
      if (refused == null) {
        try {
          onDisk(() -> export.write(to, part));
        } catch (RefusedException e) {
          refused = e;
        }
      }
    }
    if (refused != null) {
      throw refused;
    }
    changed();
  }

  /** A change is done; it is stable if the client wants it so. */
  private void changed() throws IOException, RefusedException {
    if ((flags & Protocol.FLAG_FUA) != 0) {
      onDisk(export::flush);
    }
    succeed();
  }

  private void succeed() throws IOException {
    if (agreed.structured()) {
      chunk(Protocol.REPLY_DONE, Protocol.REPLY_NONE, 0);
    } else {
      simple(0);
    }
  }

  private void flush() throws IOException, RefusedException {
    if ((flags & ~Protocol.FLAG_FUA) != 0) {
      throw new RefusedException(Protocol.EINVAL, "a flush has no such flags");
    }
    onDisk(export::flush);
    succeed();
  }

  private void range(int command) throws IOException, RefusedException {
    check();
    requireWritable();
    boolean mayUnmap = (flags & Protocol.FLAG_NO_HOLE) == 0;
    for (long at = 0; at < length; ) {
      long from = offset + at;
      long part = Math.min(RANGE - from % RANGE, length - at);
      onDisk(() -> {
        if (command == Protocol.CMD_TRIM) {
          export.trim(from, part);
        } else {
          export.zero(from, part, mayUnmap);
        }
      });
      at += part;
    }
    changed();
  }

  private void status() throws IOException, RefusedException {
    check();
    if (!agreed.context() || length == 0) {
      throw new RefusedException(
          Protocol.EINVAL, agreed.context() ? "a status of nothing" : "no context was chosen");
    }
    List<BlockStatus> runs = runs((flags & Protocol.FLAG_REQ_ONE) != 0 ? 1 : RUNS_MOST);
    chunk(
        Protocol.REPLY_DONE,
        Protocol.REPLY_BLOCK_STATUS,
        Integer.BYTES + 2L * Integer.BYTES * runs.size());
    wire.put32(agreed.contextId());
    for (BlockStatus run : runs) {
      wire.put32((int) run.length()).put32(run.flags());
    }
  }

  /** Neighbours of one kind are one run. There may be fewer than asked for. */
  private List<BlockStatus> runs(int most) throws RefusedException {
    List<BlockStatus> runs = new ArrayList<>();
    for (long at = 0; at < length; ) {
      BlockStatus next = status(offset + at, length - at);
      BlockStatus last = runs.isEmpty() ? null : runs.getLast();
      if (last != null && last.flags() == next.flags()) {
        runs.set(
            runs.size() - 1,
            new BlockStatus(last.length() + next.length(), last.hole(), last.zero()));
      } else if (runs.size() == most) {
        return runs;
      } else {
        runs.add(next);
      }
      at += next.length();
    }
    return runs;
  }
}
