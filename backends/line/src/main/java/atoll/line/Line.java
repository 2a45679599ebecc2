package atoll.line;

import atoll.host.Clock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A connection's bytes, both ways. One thread may read while another one writes. */
public interface Line extends Closeable {
  /**
   * Reads at least a byte.
   *
   * @param into has room
   * @return how many, or -1 at the end
   */
  int read(ByteBuffer into) throws IOException;

  /** Writes all that remains in the buffers. */
  void write(ByteBuffer... from) throws IOException;

  /**
   * How long nothing may come or go before a read or a write fails.
   *
   * @param most zero: for ever
   */
  void patience(Duration most);

  /**
   * How long all that is read and written from now on may take together, until there is a
   * {@linkplain #patience patience} again.
   */
  void deadline(Duration most, Clock clock);

  /** Ends it; a read or write of another thread fails. */
  @Override
  void close();
}
