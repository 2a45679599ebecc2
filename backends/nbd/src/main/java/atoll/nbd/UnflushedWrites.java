package atoll.nbd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a server has been asked to write since it was last asked to flush.
 *
 * <p>A server that ends with its host loses what it has not flushed, and the one that comes in its
 * place knows nothing of it: its next flush would promise what is not there. So all of that is
 * written once more on a new connection, before anything else; as NFS clients do it. There is room
 * for so much only; then the client flushes by itself.
 */
final class UnflushedWrites implements AutoCloseable {
  /** Bytes of data at most. */
  static final int ROOM = 32 << 20;

  private static final int MOST = 1 << 14;

  private final List<Entry> entries = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private MemorySegment store;
  private long used;
  private boolean closed;

  /** A write, or zeroes. */
  static final class Entry {
    private final int command;
    private final int flags;
    private final long offset;
    private final long length;
    private long place;
    private boolean done;

    private Entry(Request request, long place) {
      command = request.command();
      flags = request.flags();
      offset = request.offset();
      length = request.length();
      this.place = place;
    }

    private long bytes() {
      return command == Protocol.CMD_WRITE ? length : 0;
    }
  }

  /** Keeps a request that is about to be made; null if there is no room, and so a flush is due. */
  synchronized Entry keep(Request request) {
    MemorySegment data = request.sent();
    if (closed || entries.size() == MOST || data.byteSize() > ROOM - used) {
      return null;
    }
    if (store == null) {
      store = arena.allocate(ROOM, 8);
    }
    Entry entry = new Entry(request, used);
    store.asSlice(used, data.byteSize()).copyFrom(data);
    used += data.byteSize();
    entries.add(entry);
    return entry;
  }

  /** The server has done it. */
  synchronized void done(Entry entry) {
    entry.done = true;
  }

  /** The server has refused it. */
  synchronized void drop(Entry entry) {
    entries.remove(entry);
    settle();
  }

  /** What a flush that is made from now on has for certain. */
  synchronized List<Entry> done() {
    return entries.stream().filter(entry -> entry.done).toList();
  }

  /** The flush is done. */
  synchronized void flushed(List<Entry> covered) {
    entries.removeAll(Set.copyOf(covered));
    settle();
  }

  /** What is left moves to the front; mostly nothing is. */
  private void settle() {
    used = 0;
    for (Entry entry : entries) {
      if (entry.place != used) {
        MemorySegment.copy(store, entry.place, store, used, entry.bytes());
        entry.place = used;
      }
      used += entry.bytes();
    }
  }

  /** Has all of it done by a new server. */
  synchronized void repeat(NbdConnection connection) throws IOException {
    for (Entry entry : entries) {
      connection.perform(
          entry.command == Protocol.CMD_WRITE
              ? Request.write(entry.offset, store.asSlice(entry.place, entry.length), entry.flags)
              : Request.of(entry.command, entry.flags, entry.offset, entry.length));
    }
    entries.forEach(entry -> entry.done = true); // Those, too, whose caller has given up.
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      entries.clear();
      store = null;
      arena.close();
    }
  }
}
