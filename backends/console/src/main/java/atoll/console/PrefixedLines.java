package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A stream that several guests share line by line, each line after its guest's name. Thread-safe.
 */
final class PrefixedLines {
  /** Whose unfinished line is the last on the stream, or null. */
  private String open;

  /** Writes part of a line, or a line with its line feed. */
  synchronized void write(String name, byte[] bytes, int offset, int length, OutputStream out)
      throws IOException {
    if (!name.equals(open)) {
      finish(out);
      out.write(prefix(name));
    }
    out.write(bytes, offset, length);
    open = bytes[offset + length - 1] == '\n' ? null : name;
  }

  /** Ends the line of that guest if it is unfinished. */
  synchronized void end(String name, OutputStream out) throws IOException {
    if (name.equals(open)) {
      finish(out);
    }
  }

  private void finish(OutputStream out) throws IOException {
    if (open != null) {
      out.write('\n');
      open = null;
    }
  }

  /** What a line of the guest begins with, in both directions. */
  static byte[] prefix(String name) {
    return (name + "| ").getBytes(StandardCharsets.UTF_8);
  }
}
