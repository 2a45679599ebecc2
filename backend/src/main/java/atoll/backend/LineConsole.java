package atoll.backend;

import atoll.backend.ConsoleOutput.Overflow;
import atoll.host.HostException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The console without a terminal; there is no escape key, and at the end of input guests simply get
 * no more. A single guest's bytes pass as they are; several guests share input and output line by
 * line, each line after its guest's name.
 */
public final class LineConsole implements HostConsole {
  private static final int HELD = 1 << 16;

  private final List<GuestConsole> guests = new ArrayList<>();

  LineConsole(
      List<String> names,
      InputStream in,
      OutputStream out,
      List<OutputStream> logs,
      Runnable hangup) {
    PrefixedLines lines = new PrefixedLines();
    Runnable once = new Hangup(hangup);
    Overflow overflow = names.size() == 1 ? Overflow.WAIT : Overflow.LOSE;
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      Display display = names.size() == 1 ? new PlainDisplay() : new PrefixedDisplay(name, lines);
      ConsoleOutput output = new ConsoleOutput(out, display, overflow, logs.get(i), once);
      guests.add(new GuestConsole(name, new ConsoleInput(HELD), output, () -> {}));
    }
    Thread.ofPlatform().name("console-reader").daemon().start(() -> read(in));
  }

  static LineConsole open(List<Port> ports, Runnable hangup) throws IOException {
    return new LineConsole(
        ports.stream().map(Port::name).toList(),
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        ConsoleLog.open(ports),
        hangup);
  }

  private void read(InputStream in) {
    try {
      if (guests.size() == 1) {
        pass(in);
      } else {
        deal(in);
      }
    } catch (IOException e) {
      note("standard input cannot be read: " + HostException.reason(e));
    }
  }

  private void pass(InputStream in) throws IOException {
    byte[] bytes = new byte[4096];
    for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
      if (!guests.getFirst().put(bytes, 0, n)) {
        return;
      }
    }
  }

  private void deal(InputStream in) throws IOException {
    PrefixedInput input = new PrefixedInput(guests);
    byte[] bytes = new byte[4096];
    for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
      if (!input.accept(bytes, n)) {
        return;
      }
    }
    input.end();
  }

  @Override
  public GuestConsole guest(String name) {
    return GuestConsole.named(name, guests);
  }

  @Override
  public void note(String text) {
    guests.getFirst().note(text);
  }

  /** Standard error has all notes. */
  @Override
  public void note(String guest, String text) {
    note(text);
  }

  @Override
  public void close() {
    guests.forEach(GuestConsole::close);
  }
}
