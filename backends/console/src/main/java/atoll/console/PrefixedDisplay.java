package atoll.console;

import java.io.IOException;
import java.io.OutputStream;

/**
 * One guest's output in a pipe that it shares with others: whole lines, each after the guest's
 * name. An unfinished line is held back for a moment, so that prompts are seen and lines of several
 * guests are not mixed.
 */
final class PrefixedDisplay implements Display {
  private static final int LONGEST = 4096;

  private final String name;
  private final PrefixedLines lines;
  private final PlainDisplay notes = new PlainDisplay();
  private final byte[] line = new byte[LONGEST];
  private int length;

  PrefixedDisplay(String name, PrefixedLines lines) {
    this.name = name;
    this.lines = lines;
  }

  @Override
  public void guest(byte[] bytes, int offset, int count, OutputStream out) throws IOException {
    for (int i = offset; i < offset + count; i++) {
      append(bytes[i], out);
    }
  }

  private void append(byte b, OutputStream out) throws IOException {
    if (b == '\n' && length > 0 && line[length - 1] == '\r') {
      length--;
    }
    line[length++] = b;
    if (b == '\n' || length == LONGEST) {
      release(out);
    }
  }

  @Override
  public boolean holding() {
    return length > 0;
  }

  @Override
  public void release(OutputStream out) throws IOException {
    if (length > 0) {
      lines.write(name, line, 0, length, out);
      length = 0;
    }
  }

  @Override
  public void note(String text, OutputStream out) {
    notes.note(text, out);
  }

  @Override
  public void end(OutputStream out) throws IOException {
    lines.end(name, out);
  }
}
