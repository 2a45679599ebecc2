package atoll.console;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Gives a raw terminal the carriage returns that some guests leave out.
 *
 * <p>A raw terminal moves straight down on a line feed. An operating system's terminal driver sends
 * {@code CR LF} itself, and its full-screen programs mean a bare {@code LF} as it is. Small
 * bare-metal guests send {@code LF} only. So a bare {@code LF} becomes {@code CR LF} until the
 * guest has sent a {@code CR LF} of its own.
 */
final class LineEndings {
  private static final byte[] CR = {'\r'};

  private boolean guestSendsReturns;
  private byte last = '\n';

  void write(byte[] bytes, int offset, int length, OutputStream out) throws IOException {
    int start = offset;
    int end = offset + length;
    for (int i = offset; i < end && !guestSendsReturns; i++) {
      if (bytes[i] == '\n' && last == '\r') {
        guestSendsReturns = true;
      } else if (bytes[i] == '\n') {
        out.write(bytes, start, i - start);
        out.write(CR);
        start = i;
      }
      last = bytes[i];
    }
    if (length > 0) {
      last = bytes[end - 1];
    }
    out.write(bytes, start, end - start);
  }

  /** Whether the cursor stands at the start of a line, as far as line feeds tell. */
  boolean atLineStart() {
    return last == '\n';
  }

  /** A whole line has been written that is not the guest's. */
  void interrupted() {
    last = '\n';
  }
}
