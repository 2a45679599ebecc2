package atoll.console;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** A stream that can be cut off: what is written later goes nowhere. Thread-safe. */
final class Gate extends FilterOutputStream {
  private boolean shut;

  Gate(OutputStream out) {
    super(out);
  }

  @Override
  public synchronized void write(int b) throws IOException {
    if (!shut) {
      out.write(b);
    }
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    if (!shut) {
      out.write(bytes, offset, length);
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    if (!shut) {
      out.flush();
    }
  }

  /** Cuts it off; the stream behind it stays open. */
  @Override
  public synchronized void close() {
    shut = true;
  }
}
