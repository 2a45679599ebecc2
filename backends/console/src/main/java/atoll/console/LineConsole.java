package atoll.console;

import atoll.console.ConsoleOutput.Overflow;
import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The console without a terminal; there is no escape key, and the end of input is that of the
 * guests' terminals, unless it is to mean nothing. A single guest's bytes pass as they are; several
 * guests share input and output line by line, each line after its guest's name.
 */
public final class LineConsole implements HostConsole {
  private static final int HELD = 1 << 16;

  /** How long a guest is silent that may wait for input. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final List<GuestConsole> guests = new ArrayList<>();
  private final GuestConsole front;
  private final InputEnd atEnd;
  private final Duration silence;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final ConsoleReader reader;

  LineConsole(List<Port> ports, Setup setup, InputStream in, OutputStream out) {
    this(ports, setup, in, out, SILENCE);
  }

  /**
   * @param silence after which a guest that has printed something may wait for input
   */
  LineConsole(List<Port> ports, Setup setup, InputStream in, OutputStream out, Duration silence) {
    atEnd = setup.atEnd();
    this.silence = silence;
    PrefixedLines lines = new PrefixedLines();
    Hangup once = new Hangup(setup.lost());
    Overflow overflow = ports.size() == 1 ? Overflow.WAIT : Overflow.LOSE;
    List<ConsoleLog> logs = ConsoleLog.open(ports);
    for (int i = 0; i < ports.size(); i++) {
      Port port = ports.get(i);
      Display display =
          ports.size() == 1 ? new PlainDisplay() : new PrefixedDisplay(port.name(), lines);
      ConsoleOutput output =
          new ConsoleOutput(out, display, overflow, logs.get(i), port.watch(), once::failed);
      guests.add(
          new GuestConsole(
              port.name(), new ConsoleInput(HELD, ConsoleInput.Rest.KEPT), output, () -> {}));
    }
    front = guests.get(setup.front());
    reader = new ConsoleReader(() -> read(in));
  }

  private void read(InputStream in) {
    try {
      if (guests.size() == 1) {
        pass(in);
      } else {
        deal(in);
      }
    } catch (IOException e) {
      if (closed.getCount() == 0) {
        return; // which has ended the reading
      }
      note("standard input cannot be read: " + HostException.reason(e));
    }
    if (atEnd == InputEnd.END) {
      end();
    }
  }

  private void end() {
    guests.forEach(GuestConsole::end);
    try {
      while (!closed.await(silence.toNanos(), TimeUnit.NANOSECONDS)) {
        guests.forEach(GuestConsole::remind);
      }
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; if so, guests get no more.
      Thread.currentThread().interrupt();
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
    PrefixedInput input = new PrefixedInput(guests, front);
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
  public boolean attended() {
    return false;
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
    closed.countDown();
    guests.forEach(GuestConsole::close);
    reader.close();
  }
}
