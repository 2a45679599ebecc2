package atoll.nbd;

import static atoll.nbd.ProtocolException.require;

import atoll.host.HostException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connection on which requests are made, by several threads at once.
 *
 * <p>It has no thread of its own. Of those that wait for a reply one reads, for all of them; when
 * its own has come, the next one reads. So a single request needs no change of threads. Nobody is
 * left without a reader: who has sent a request comes to wait for it.
 */
final class NbdConnection implements Closeable {
  /** There is no such context: the server does not say what is allocated. */
  static final int NO_CONTEXT = -1;

  /** Bytes of a reply that is no data: a million runs of one kind are too many for anybody. */
  private static final long WORDS_MOST = 8 << 20;

  private static final int MESSAGE_MOST = 4096;
  private static final int STATUS_HEADER = Integer.BYTES;
  private static final int STATUS_SIZE = 2 * Integer.BYTES;

  private final Wire wire;
  private final ExportInfo info;
  private final boolean structured;
  private final int allocation;

  private final ReentrantLock sending = new ReentrantLock();
  private final ReentrantLock state = new ReentrantLock();
  private final Condition moved = state.newCondition();

  /** By cookie; with the rest guarded by the state's lock. */
  private final Map<Long, Request> waiting = new HashMap<>();

  private long cookies;
  private boolean reading;
  private IOException lost;

  /**
   * @param allocation the number of that context, or {@link #NO_CONTEXT}
   */
  NbdConnection(Wire wire, ExportInfo info, boolean structured, int allocation) {
    this.wire = wire;
    this.info = info;
    this.structured = structured;
    this.allocation = allocation;
  }

  ExportInfo info() {
    return info;
  }

  /** Whether the server says what is allocated. */
  boolean knowsAllocation() {
    return allocation != NO_CONTEXT;
  }

  /**
   * Has a request done.
   *
   * @throws UnreachableException if the connection is lost: it may be done, or not
   * @throws IOException if the server refuses it
   */
  void perform(Request request) throws IOException {
    send(request);
    await(request);
    if (request.endsConnection()) {
      throw gone(fail(new IOException("the server shuts down")));
    }
    request.take();
  }

  private void send(Request request) throws UnreachableException {
    sending.lock();
    try {
      long cookie = register(request);
      wire.put32(Protocol.REQUEST_MAGIC).put16(request.flags()).put16(request.command());
      wire.put64(cookie).put64(request.offset()).put32((int) request.length());
      wire.put(request.sent()).flush();
    } catch (UnreachableException e) {
      throw e;
    } catch (IOException e) {
      throw gone(fail(e));
    } finally {
      sending.unlock();
    }
  }

  private long register(Request request) throws UnreachableException {
    state.lock();
    try {
      if (lost != null) {
        throw gone(lost);
      }
      request.again();
      waiting.put(++cookies, request);
      return cookies;
    } finally {
      state.unlock();
    }
  }

  /** A request's memory is its owner's again only when nobody reads into it any more. */
  private void await(Request request) throws UnreachableException {
    state.lock();
    try {
      while (!request.done() && (lost == null || reading)) {
        if (reading) {
          moved.awaitUninterruptibly();
        } else {
          readOne();
        }
      }
      if (!request.done()) {
        throw gone(lost);
      }
    } finally {
      state.unlock();
    }
  }

  private void readOne() {
    reading = true;
    state.unlock();
    try {
      receive();
    } catch (IOException | RuntimeException e) {
      IOException ignored = fail(e);
    } finally {
      state.lock();
      reading = false;
      moved.signalAll();
    }
  }

  private static UnreachableException gone(IOException why) {
    return new UnreachableException(
        "the connection to the server is lost: " + HostException.reason(why), why);
  }

  /** Ends the connection for all; returns why it was lost first. */
  private IOException fail(Exception why) {
    state.lock();
    try {
      if (lost == null) {
        lost = why instanceof IOException known ? known : new IOException(why.toString(), why);
      }
      moved.signalAll();
      return lost;
    } finally {
      state.unlock();
      wire.close();
    }
  }

  /** Whether requests can be made. */
  boolean alive() {
    state.lock();
    try {
      return lost == null;
    } finally {
      state.unlock();
    }
  }

  private void receive() throws IOException {
    switch (wire.int32()) {
      case Protocol.SIMPLE_REPLY_MAGIC -> simple();
      case Protocol.STRUCTURED_REPLY_MAGIC -> {
        require(structured, "a structured reply, which was not agreed on");
        chunk();
      }
      default -> throw new ProtocolException("something that is no reply");
    }
  }

  private Request find(long cookie) throws ProtocolException {
    state.lock();
    try {
      Request request = waiting.get(cookie);
      require(request != null, "a reply that nobody waits for");
      return request;
    } finally {
      state.unlock();
    }
  }

  private void finish(long cookie, Request request) throws ProtocolException {
    state.lock();
    try {
      waiting.remove(cookie);
      request.finish();
    } finally {
      state.unlock();
    }
  }

  private void simple() throws IOException {
    int error = wire.int32();
    long cookie = wire.int64();
    Request request = find(cookie);
    if (error != 0) {
      request.error(error, "");
    } else if (request.command() == Protocol.CMD_READ) {
      require(!structured, "a simple reply to a read, where a structured one was agreed on");
      wire.read(request.part(request.offset(), request.length()));
    }
    finish(cookie, request);
  }

  private void chunk() throws IOException {
    int flags = wire.uint16();
    int type = wire.uint16();
    long cookie = wire.int64();
    long length = wire.uint32();
    Request request = find(cookie);
    switch (type) {
      case Protocol.REPLY_NONE -> require(length == 0, "a chunk of nothing with a length");
      case Protocol.REPLY_OFFSET_DATA -> data(request, length);
      case Protocol.REPLY_OFFSET_HOLE -> hole(request, length);
      case Protocol.REPLY_BLOCK_STATUS -> status(request, length);
      default -> {
        require((type & Protocol.REPLY_ERROR_BIT) != 0, "a chunk of type %d".formatted(type));
        error(request, length);
      }
    }
    if ((flags & Protocol.REPLY_DONE) != 0) {
      finish(cookie, request);
    }
  }

  private void data(Request request, long length) throws IOException {
    require(length > Long.BYTES, "a chunk of data without data");
    long at = wire.int64();
    wire.read(request.part(at, length - Long.BYTES));
  }

  private void hole(Request request, long length) throws IOException {
    require(length == Long.BYTES + Integer.BYTES, "a hole in a wrong form");
    long at = wire.int64();
    request.part(at, wire.uint32()).fill((byte) 0);
  }

  /** Only the first run is of interest: no more was asked for. */
  private void status(Request request, long length) throws IOException {
    long runs = length - STATUS_HEADER;
    require(
        runs >= STATUS_SIZE && runs % STATUS_SIZE == 0 && length <= WORDS_MOST,
        "a status in a wrong form");
    require(wire.int32() == allocation, "a status of a context that was not chosen");
    request.status(new Request.Status(wire.uint32(), wire.int32()));
    wire.skip(runs - STATUS_SIZE);
  }

  private void error(Request request, long length) throws IOException {
    require(
        length >= Integer.BYTES + Short.BYTES && length <= WORDS_MOST, "an error in a wrong form");
    int number = wire.int32();
    int size = wire.uint16();
    long behind = length - Integer.BYTES - Short.BYTES - size;
    require(behind >= 0 && size <= MESSAGE_MOST, "an error with a wrong message");
    ByteBuffer words = wire.bytes(size);
    wire.skip(behind);
    request.error(number, Wire.text(words, size).replaceAll("[^ -~]", "?"));
  }

  /** Tells the server, if it can be told at once, and ends. */
  @Override
  public void close() {
    if (sending.tryLock()) {
      try {
        wire.put32(Protocol.REQUEST_MAGIC).put16(0).put16(Protocol.CMD_DISC);
        wire.put64(0).put64(0).put32(0).flush();
      } catch (IOException e) {
        // It is gone already.
      } finally {
        sending.unlock();
      }
    }
    IOException ignored = fail(new IOException("it has been closed"));
  }
}
