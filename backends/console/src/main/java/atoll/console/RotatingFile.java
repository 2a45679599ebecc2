package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;

/**
 * A file of limited size: when it holds half of that, it becomes the older part, in place of the
 * one before, and a new one is begun. Both together are the latest output. One thread uses it.
 */
final class RotatingFile extends OutputStream {
  private final LogFile file;
  private final long half;
  private OutputStream out;
  private long written;

  /**
   * @param first the file, open and empty
   */
  RotatingFile(LogFile file, OutputStream first) {
    this.file = file;
    half = file.max().getAsLong() / 2;
    out = first;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (written == half) {
        turn();
      }
      int part = (int) Math.min(length - done, half - written);
      out.write(bytes, offset + done, part);
      written += part;
      done += part;
    }
  }

  private void turn() throws IOException {
    out.close();
    Files.move(file.path(), file.older(), StandardCopyOption.REPLACE_EXISTING);
    out = Files.newOutputStream(file.path());
    written = 0;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
