package atoll.migration;

import atoll.host.Clock;
import atoll.line.Line;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Keeps what is written. */
final class CollectedLine implements Line {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  byte[] bytes() {
    return written.toByteArray();
  }

  @Override
  public int read(ByteBuffer into) {
    return -1;
  }

  @Override
  public void write(ByteBuffer... from) {
    for (ByteBuffer part : from) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      written.writeBytes(bytes);
    }
  }

  @Override
  public void patience(Duration most) {}

  @Override
  public void deadline(Duration most, Clock clock) {}

  @Override
  public void close() {}
}
