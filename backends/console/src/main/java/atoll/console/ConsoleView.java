package atoll.console;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One guest's output at a raw terminal: on the screen while its console is in front, and remembered
 * always.
 *
 * <p>Each view has a monitor of its own, so a terminal that stands still holds only the guest that
 * is in front.
 */
final class ConsoleView implements Display {
  /** The upper left corner, and everything erased, in plain colours. */
  static final String CLEAR = "\033[0m\033[H\033[2J";

  /** Shows the cursor. */
  static final byte[] CURSOR_ON = "\033[?25h".getBytes(StandardCharsets.US_ASCII);

  private static final int REMEMBERED = 1 << 16;

  private final LineEndings lineEndings = new LineEndings();
  private final ScreenModes modes = new ScreenModes();
  private final Scrollback scrollback = new Scrollback(REMEMBERED);
  private final ByteArrayOutputStream converted = new ByteArrayOutputStream();
  private boolean shown;

  /**
   * @param shown whether its console is in front
   */
  ConsoleView(boolean shown) {
    this.shown = shown;
  }

  @Override
  public synchronized void guest(byte[] bytes, int offset, int length, OutputStream out)
      throws IOException {
    modes.follow(bytes, offset, length);
    lineEndings.write(bytes, offset, length, converted);
    pass(out);
  }

  @Override
  public synchronized void note(String text, OutputStream out) throws IOException {
    String line = (lineEndings.atLineStart() ? "" : "\r\n") + "atoll: " + text + "\r\n";
    converted.write(line.getBytes(StandardCharsets.UTF_8));
    lineEndings.interrupted();
    pass(out);
  }

  private void pass(OutputStream out) throws IOException {
    converted.writeTo(scrollback);
    if (shown) {
      converted.writeTo(out);
    }
    converted.reset();
  }

  /** Brings the console to the front: its last lines, or all that made up its full screen. */
  synchronized void show(String title, RawTerminal.Size size, OutputStream out) throws IOException {
    shown = true;
    write(CLEAR, out);
    if (modes.fullScreen()) {
      write(modes.establishing(), out);
      out.write(TerminalQueries.removed(scrollback.all()));
    } else {
      write(title + "\r\n", out);
      out.write(TerminalQueries.removed(scrollback.tail(Math.max(1, size.rows() - 2))));
      write(modes.establishing(), out);
    }
    out.flush();
  }

  /** Takes the console from the screen and leaves a usable terminal. */
  synchronized void hide(OutputStream out) throws IOException {
    if (shown) {
      shown = false;
      write(modes.restoring(), out);
      out.flush();
    }
  }

  @Override
  public synchronized void end(OutputStream out) throws IOException {
    if (shown) {
      write(modes.restoring(), out);
      if (!lineEndings.atLineStart()) {
        write("\r\n", out);
      }
    }
  }

  private static void write(String text, OutputStream out) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
