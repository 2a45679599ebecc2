package atoll.nbd;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A request to a server, and what has come of it. */
final class Request {
  /** What is known of bytes at the offset: a run of one kind. */
  record Status(long length, int flags) {}

  private final int command;
  private final int flags;
  private final long offset;
  private final long length;
  private final MemorySegment data;

  /** Null unless the data belongs to one thread only, and another one reads replies. */
  private MemorySegment bounce;

  private long filled;
  private Status status;
  private int error;
  private String said = "";
  private boolean done;

  private Request(int command, int flags, long offset, long length, MemorySegment data) {
    this.command = command;
    this.flags = flags;
    this.offset = offset;
    this.length = length;
    this.data = data;
  }

  static Request read(long offset, MemorySegment into) {
    return new Request(Protocol.CMD_READ, 0, offset, into.byteSize(), into);
  }

  static Request write(long offset, MemorySegment from, int flags) {
    return new Request(Protocol.CMD_WRITE, flags, offset, from.byteSize(), from);
  }

  /** One without data. */
  static Request of(int command, int flags, long offset, long length) {
    return new Request(command, flags, offset, length, MemorySegment.NULL);
  }

  int command() {
    return command;
  }

  int flags() {
    return flags;
  }

  long offset() {
    return offset;
  }

  long length() {
    return length;
  }

  /** What is sent with it. */
  MemorySegment sent() {
    return command == Protocol.CMD_WRITE ? data : MemorySegment.NULL;
  }

  /** Forgets what has come of it, to be done once more. */
  void again() {
    bounce = null;
    filled = 0;
    status = null;
    error = 0;
    said = "";
    done = false;
  }

  boolean done() {
    return done;
  }

  /** Where the reader of replies is to put data. */
  MemorySegment part(long at, long size) throws ProtocolException {
    ProtocolException.require(
        command == Protocol.CMD_READ && size > 0 && at >= offset && size <= length - (at - offset),
        "data that was not asked for");
    filled += size;
    ProtocolException.require(filled <= length, "more data than was asked for");
    return target().asSlice(at - offset, size);
  }

  private MemorySegment target() {
    if (bounce == null && !data.isAccessibleBy(Thread.currentThread())) {
      bounce = MemorySegment.ofArray(new byte[(int) length]);
    }
    return bounce == null ? data : bounce;
  }

  void status(Status first) throws ProtocolException {
    ProtocolException.require(
        command == Protocol.CMD_BLOCK_STATUS && first.length > 0, "a status nobody asked for");
    status = status == null ? first : status;
  }

  /** The first error counts. */
  void error(int number, String words) throws ProtocolException {
    ProtocolException.require(number != 0, "an error without a number");
    if (error == 0) {
      error = number;
      said = words;
    }
  }

  /** Nothing more comes. */
  void finish() throws ProtocolException {
    ProtocolException.require(
        error != 0 || command != Protocol.CMD_READ || filled == length,
        "%d bytes of %d that were asked for".formatted(filled, length));
    ProtocolException.require(
        error != 0 || command != Protocol.CMD_BLOCK_STATUS || status != null,
        "no status that was asked for");
    done = true;
  }

  /** Whether the server is about to end. */
  boolean endsConnection() {
    return error == Protocol.ESHUTDOWN;
  }

  /** On its own thread, when it is done. */
  void take() throws IOException {
    if (error != 0) {
      throw new IOException(
          "the server says: %s%s"
              .formatted(Protocol.error(error), said.isEmpty() ? "" : ", " + said));
    }
    if (bounce != null) {
      data.copyFrom(bounce);
    }
  }

  Status status() {
    return status;
  }
}
