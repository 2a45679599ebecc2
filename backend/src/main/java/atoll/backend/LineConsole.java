package atoll.backend;

import atoll.device.spi.ConsoleBackend;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * The console without a terminal: standard input goes to the guest byte by byte until its end,
 * after which the guest simply gets no more; there is no escape key.
 */
public final class LineConsole implements HostConsole {
  private static final int HELD = 1 << 16;

  private final ConsoleInput input = new ConsoleInput(HELD);
  private final ConsoleOutput output;

  LineConsole(InputStream in, OutputStream out, OutputStream log, Runnable hangup) {
    output = new ConsoleOutput(out, new PlainDisplay(), log, hangup);
    Thread.ofPlatform().name("console-reader").daemon().start(() -> read(in));
  }

  static LineConsole open(Path log, Runnable hangup) throws IOException {
    return new LineConsole(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        ConsoleLog.open(log),
        hangup);
  }

  private void read(InputStream in) {
    byte[] bytes = new byte[4096];
    try {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (!input.put(bytes, n)) {
          return;
        }
      }
    } catch (IOException e) {
      note("standard input cannot be read: " + e.getMessage());
    }
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    output.write(bytes, offset, length);
  }

  @Override
  public void attach(Receiver receiver) {
    input.attach(receiver);
  }

  @Override
  public void ready() {
    input.ready();
  }

  @Override
  public ConsoleBackend outputOnly() {
    return new OutputOnly(output);
  }

  @Override
  public boolean interactive() {
    return false;
  }

  @Override
  public void note(String text) {
    output.note(text);
  }

  @Override
  public void close() {
    input.close();
    output.close();
  }
}
