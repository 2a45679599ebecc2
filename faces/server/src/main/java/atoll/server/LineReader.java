package atoll.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads lines of UTF-8 from a channel, and bytes behind them. One thread uses it. */
final class LineReader {
  private static final int BUFFER = 1 << 13;

  private final ReadableByteChannel channel;
  private final int longest;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).flip();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** A line has more bytes than it may. */
  static final class TooLongException extends IOException {
    private static final long serialVersionUID = 1;

    private TooLongException(int longest) {
      super("the line is too long, expected at most %d bytes".formatted(longest));
    }
  }

  /**
   * @param longest bytes of a line
   */
  LineReader(ReadableByteChannel channel, int longest) {
    this.channel = channel;
    this.longest = longest;
  }

  /**
   * The next line without its end, which the last one need not have; nothing at the end.
   *
   * @throws TooLongException if it is too long
   */
  Optional<String> next() throws IOException {
    while (buffer.hasRemaining() || fill()) {
      byte b = buffer.get();
      if (b == '\n') {
        return Optional.of(text());
      }
      if (line.size() == longest) {
        throw new TooLongException(longest);
      }
      line.write(b);
    }
    return line.size() == 0 ? Optional.empty() : Optional.of(text());
  }

  private String text() {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private boolean fill() throws IOException {
    buffer.clear();
    int count = channel.read(buffer);
    buffer.flip();
    return count > 0;
  }

  /** What comes behind the lines that were read, as far as it is there; nothing at the end. */
  byte[] bytes() throws IOException {
    if (!buffer.hasRemaining() && !fill()) {
      return new byte[0];
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
