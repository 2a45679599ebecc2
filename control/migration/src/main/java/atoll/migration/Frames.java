package atoll.migration;

import atoll.line.Line;
import atoll.state.StateException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Frames over a connection: a kind, a length and as many bytes. One thread reads, and any write.
 */
final class Frames implements Closeable {
  /** The longest message: a state has some KiB, and pictures that a display keeps. */
  static final int MESSAGE = 64 << 20;

  /** The longest that an end may say first, before it is known what it wants. */
  static final int GREETING = 4 << 20;

  private static final int HEADER = 5;
  private static final byte MESSAGE_KIND = 1;
  private static final byte PAGES_KIND = 2;
  private static final int PIECE = 1 << 16;

  private final Line line;
  private final ByteBuffer header = ByteBuffer.allocate(HEADER);
  private byte[] batch = {};

  Frames(Line line) {
    this.line = line;
  }

  /** How long the other end may be silent, or take nothing. */
  void patience(Duration most) {
    line.patience(most);
  }

  // ------------------------------------------------------------ writing

  void say(Message message) throws IOException {
    write(MESSAGE_KIND, ByteBuffer.wrap(Message.FORMAT.encode(new Message.Envelope(message))));
  }

  void pages(ByteBuffer batch) throws IOException {
    write(PAGES_KIND, batch);
  }

  private synchronized void write(byte kind, ByteBuffer payload) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEADER);
    head.put(kind).putInt(payload.remaining()).flip();
    line.write(head, payload);
  }

  // ------------------------------------------------------------ reading

  /** What has come: a message, or a batch of pages. */
  sealed interface Frame {
    /** Something that was said. */
    record Said(Message message) implements Frame {}

    /** Pages, until the next is read. */
    record Pages(ByteBuffer batch) implements Frame {}
  }

  /**
   * The next one.
   *
   * @param most bytes that a message may have
   * @throws EOFException at the end
   * @throws MigrationException if it does not keep to the protocol
   */
  Frame next(int most) throws IOException, MigrationException {
    fill(header.clear());
    header.flip();
    byte kind = header.get();
    int length = header.getInt();
    return switch (kind) {
      case MESSAGE_KIND -> new Frame.Said(message(require(length, most)));
      case PAGES_KIND -> new Frame.Pages(batch(require(length, PageBatch.MOST)));
      default ->
          throw new MigrationException(
              "the other end does not keep to the protocol: a frame of kind " + kind);
    };
  }

  /** The next one, which must be a message. */
  Message message() throws IOException, MigrationException {
    if (next(MESSAGE) instanceof Frame.Said(Message said)) {
      return said;
    }
    throw new MigrationException("the other end has sent pages where it should speak");
  }

  private static int require(int length, int most) throws MigrationException {
    if (length < 0 || length > most) {
      throw new MigrationException(
          "the other end does not keep to the protocol: a frame of %d bytes"
              .formatted(Integer.toUnsignedLong(length)));
    }
    return length;
  }

  private ByteBuffer batch(int length) throws IOException {
    if (batch.length < length) {
      batch = new byte[PageBatch.MOST];
    }
    ByteBuffer into = ByteBuffer.wrap(batch, 0, length);
    fill(into);
    return into.flip();
  }

  /** Takes memory only for what has come. */
  private Message message(int length) throws IOException, MigrationException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream(Math.min(length, PIECE));
    byte[] piece = new byte[Math.min(length, PIECE)];
    for (int left = length; left > 0; ) {
      ByteBuffer into = ByteBuffer.wrap(piece, 0, Math.min(left, piece.length));
      fill(into);
      whole.write(piece, 0, into.position());
      left -= into.position();
    }
    try {
      return Message.FORMAT.decode(whole.toByteArray()).message();
    } catch (StateException e) {
      throw new MigrationException(
          "the other end speaks another language, perhaps that of another version: "
              + e.getMessage(),
          e);
    }
  }

  private void fill(ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (line.read(into) < 0) {
        throw new EOFException("the connection was closed by the other end");
      }
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
