package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A pipe or a file: the guest's bytes as they are, notes on standard error. */
final class PlainDisplay implements Display {
  @Override
  public void guest(byte[] bytes, int offset, int length, OutputStream out) throws IOException {
    out.write(bytes, offset, length);
  }

  @Override
  public void note(String text, OutputStream out) {
    byte[] line = ("atoll: " + text + "\n").getBytes(StandardCharsets.UTF_8);
    System.err.write(line, 0, line.length);
    System.err.flush();
  }

  @Override
  public void end(OutputStream out) {}
}
