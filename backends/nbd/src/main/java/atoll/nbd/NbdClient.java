package atoll.nbd;

import atoll.host.Clock;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;

/**
 * An export of an NBD server, used as a file: at any place, in any length. Calls may come from
 * several threads, whose requests are under way at the same time on one connection.
 *
 * <p>A connection that is lost is made anew by the next request ({@link ServerLink}). Until there
 * is one, requests fail with an {@link UnreachableException}.
 */
public final class NbdClient implements Closeable {
  /** Bytes of data in a request; some servers take less. */
  private static final int PAYLOAD = 4 << 20;

  /** Bytes of a request without data; those have 32 bits for it. */
  private static final long RANGE = 1 << 30;

  private final UnflushedWrites unflushed = new UnflushedWrites();
  private final ServerLink link;
  private final ExportInfo info;
  private final Lock sharing;
  private final Lock alone;

  /**
   * Connects to an export.
   *
   * @param clock the host's, by which a server has only so long to agree on an export
   * @param notices told when the connection is lost, and when it is there again: a sentence each,
   *     without a full stop, on the thread of a request
   * @throws IOException if there is none, or its server cannot be reached
   */
  public NbdClient(NbdAddress address, Clock clock, Consumer<String> notices) throws IOException {
    link = new ServerLink(address, unflushed, clock, notices);
    info = link.info();
    ReentrantReadWriteLock blocks = new ReentrantReadWriteLock();
    sharing = blocks.readLock();
    alone = blocks.writeLock();
  }

  /** Bytes. */
  public long size() {
    return info.size();
  }

  /** Whether the server refuses writes. */
  public boolean readOnly() {
    return info.has(Protocol.READ_ONLY);
  }

  /** Fills a segment, which is within the export. */
  public void read(long offset, MemorySegment into) throws IOException {
    if (whole(offset, into.byteSize())) {
      readBlocks(offset, into);
      return;
    }
    long begin = begin(offset);
    MemorySegment blocks =
        MemorySegment.ofArray(new byte[Math.toIntExact(end(offset + into.byteSize()) - begin)]);
    readBlocks(begin, blocks);
    into.copyFrom(blocks.asSlice(offset - begin, into.byteSize()));
  }

  private void readBlocks(long offset, MemorySegment into) throws IOException {
    for (long at = 0; at < into.byteSize(); at += payload()) {
      Request request =
          Request.read(offset + at, into.asSlice(at, Math.min(payload(), into.byteSize() - at)));
      link.use(connection -> connection.perform(request));
    }
  }

  /** Whether a range consists of whole blocks. */
  private boolean whole(long offset, long length) {
    return (offset | length) % info.least() == 0;
  }

  private long begin(long offset) {
    return offset - offset % info.least();
  }

  private long end(long offset) {
    return begin(offset + info.least() - 1);
  }

  private long payload() {
    return Math.min(PAYLOAD, begin(info.most()));
  }

  /** Writes all of a segment, within the export. */
  public void write(long offset, MemorySegment from) throws IOException {
    if (whole(offset, from.byteSize())) {
      inBlocks(() -> writeBlocks(offset, from));
    } else {
      change(offset, from);
    }
  }

  /** Something that is done to the export. */
  @FunctionalInterface
  private interface Work {
    void perform() throws IOException;
  }

  /** Whole blocks may be written at any time, but not while a part of one is changed. */
  private void inBlocks(Work work) throws IOException {
    sharing.lock();
    try {
      work.perform();
    } finally {
      sharing.unlock();
    }
  }

  /** Parts of blocks: the blocks are read, changed and written. */
  private void change(long offset, MemorySegment from) throws IOException {
    long begin = begin(offset);
    MemorySegment blocks =
        MemorySegment.ofArray(new byte[Math.toIntExact(end(offset + from.byteSize()) - begin)]);
    alone.lock();
    try {
      readBlocks(begin, blocks);
      blocks.asSlice(offset - begin, from.byteSize()).copyFrom(from);
      writeBlocks(begin, blocks);
    } finally {
      alone.unlock();
    }
  }

  private void writeBlocks(long offset, MemorySegment from) throws IOException {
    for (long at = 0; at < from.byteSize(); at += payload()) {
      MemorySegment part = from.asSlice(at, Math.min(payload(), from.byteSize() - at));
      change(Request.write(offset + at, part, stableFlag()));
    }
  }

  /** A server that cannot flush has each change stable before it says that it is done. */
  private int stableFlag() {
    return !flushes() && info.has(Protocol.SEND_FUA) ? Protocol.FLAG_FUA : 0;
  }

  private boolean flushes() {
    return info.has(Protocol.SEND_FLUSH);
  }

  /** Has a change done, which is kept until it is flushed. */
  private void change(Request request) throws IOException {
    if (!flushes()) {
      link.use(connection -> connection.perform(request));
      return;
    }
    UnflushedWrites.Entry kept = unflushed.keep(request);
    while (kept == null) {
      flush();
      kept = unflushed.keep(request);
    }
    try {
      link.use(connection -> connection.perform(request));
    } catch (UnreachableException e) {
      throw e;
    } catch (IOException e) {
      unflushed.drop(kept);
      throw e;
    }
    unflushed.done(kept);
  }

  /** Returns once everything written before is on stable storage there. */
  public void flush() throws IOException {
    if (!flushes()) {
      return;
    }
    link.use(connection -> {
      List<UnflushedWrites.Entry> covered = unflushed.done();
      connection.perform(Request.of(Protocol.CMD_FLUSH, 0, 0, 0));
      unflushed.flushed(covered);
    });
  }

  /** These bytes are not needed any more; a server that has no use for that is not told. */
  public void trim(long offset, long length) throws IOException {
    long from = end(offset);
    long to = begin(offset + length);
    if (info.has(Protocol.SEND_TRIM)) {
      ranges(
          from,
          to,
          (at, bytes) ->
              link.use(c -> c.perform(Request.of(Protocol.CMD_TRIM, stableFlag(), at, bytes))));
    }
  }

  /**
   * Has these bytes read as zero.
   *
   * @param mayUnmap whether nothing need be allocated for them afterwards
   * @return false if the server has no such request, with nothing changed
   */
  public boolean zero(long offset, long length, boolean mayUnmap) throws IOException {
    if (!info.has(Protocol.SEND_WRITE_ZEROES) || !whole(offset, length)) {
      return false;
    }
    int flags = stableFlag() | (mayUnmap ? 0 : Protocol.FLAG_NO_HOLE);
    inBlocks(() ->
        ranges(
            offset,
            offset + length,
            (at, bytes) -> change(Request.of(Protocol.CMD_WRITE_ZEROES, flags, at, bytes))));
    return true;
  }

  /** Something that is done to a range. */
  @FunctionalInterface
  private interface RangeWork {
    void perform(long offset, long length) throws IOException;
  }

  private static void ranges(long from, long to, RangeWork work) throws IOException {
    for (long at = from; at < to; at += RANGE) {
      work.perform(at, Math.min(RANGE, to - at));
    }
  }

  /** What is known of the bytes from {@code offset} on, of at most {@code most}. */
  public BlockStatus status(long offset, long most) throws IOException {
    long begin = begin(offset);
    long length = Math.min(RANGE, end(offset + most) - begin);
    Request request = Request.of(Protocol.CMD_BLOCK_STATUS, Protocol.FLAG_REQ_ONE, begin, length);
    boolean[] known = new boolean[1];
    link.use(connection -> {
      known[0] = connection.knowsAllocation();
      if (known[0]) {
        connection.perform(request);
      }
    });
    if (!known[0]) {
      return new BlockStatus(most, false, false);
    }
    Request.Status first = request.status();
    return new BlockStatus(
        Math.clamp(begin + first.length() - offset, 1, most),
        (first.flags() & Protocol.STATE_HOLE) != 0,
        (first.flags() & Protocol.STATE_ZERO) != 0);
  }

  /** Ends the connection; requests that are under way fail. */
  @Override
  public void close() {
    link.close();
    unflushed.close();
  }
}
