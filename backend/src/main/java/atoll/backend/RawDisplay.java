package atoll.backend;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** A terminal in raw mode. */
final class RawDisplay implements Display {
  private final LineEndings lineEndings = new LineEndings();
  private final ScreenModes screen = new ScreenModes();

  @Override
  public void guest(byte[] bytes, int offset, int length, OutputStream out) throws IOException {
    screen.follow(bytes, offset, length);
    lineEndings.write(bytes, offset, length, out);
  }

  @Override
  public void note(String text, OutputStream out) throws IOException {
    String line = (lineEndings.atLineStart() ? "" : "\r\n") + "atoll: " + text + "\r\n";
    out.write(line.getBytes(StandardCharsets.UTF_8));
    lineEndings.interrupted();
  }

  @Override
  public void end(OutputStream out) throws IOException {
    out.write(screen.restoring().getBytes(StandardCharsets.US_ASCII));
    if (!lineEndings.atLineStart()) {
      out.write(new byte[] {'\r', '\n'});
    }
  }
}
