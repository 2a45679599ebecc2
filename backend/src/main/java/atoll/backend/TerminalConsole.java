package atoll.backend;

import atoll.device.spi.ConsoleBackend;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The console at a raw terminal: every key and every output byte passes as it is, except commands
 * after {@code Ctrl-a}.
 *
 * <p>The terminal stays as it is until a machine is plugged in. Then it is opened on the thread
 * that reads it, since opening takes as long as starting a small guest.
 */
public final class TerminalConsole implements HostConsole {
  /** Enough for a large paste into a slow guest; what is beyond is refused with the bell. */
  private static final int HELD = 1 << 20;

  private static final byte[] BELL = {7};

  private final ConsoleInput input = new ConsoleInput(HELD);
  private final ConsoleOutput output;
  private final EscapeKey escape;
  private final Runnable hangup;
  private final AtomicBoolean greeted = new AtomicBoolean();
  private final CountDownLatch plugged = new CountDownLatch(1);
  private final Thread shutdownHook = new Thread(this::close, "console-restore");

  /** Held while the terminal is opened and while it is closed, so that neither is lost. */
  private final Object mode = new Object();

  private volatile RawTerminal terminal;
  private volatile Receiver receiver;
  private volatile boolean closed;

  TerminalConsole(
      Callable<RawTerminal> opener,
      InputStream in,
      OutputStream out,
      OutputStream log,
      List<EscapeCommand> commands,
      Runnable hangup) {
    this.hangup = hangup;
    output = new ConsoleOutput(out, new RawDisplay(), log, hangup);
    escape = new EscapeKey(commands, this::note);
    Thread.ofPlatform().name("console-reader").daemon().start(() -> run(opener, in));
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  static TerminalConsole open(Path log, List<EscapeCommand> commands, Runnable hangup)
      throws IOException {
    return new TerminalConsole(
        JlineTerminal::new,
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        ConsoleLog.open(log),
        commands,
        hangup);
  }

  private void run(Callable<RawTerminal> opener, InputStream in) {
    try {
      if (open(opener)) {
        read(in);
        hangup.run();
      }
    } catch (Exception e) {
      note("the terminal cannot be used (" + e + "); try again with: < /dev/null | cat");
      hangup.run();
    }
  }

  /** Returns false if the console has been closed already. */
  private boolean open(Callable<RawTerminal> opener) throws Exception {
    RawTerminal opened = opener.call();
    plugged.await();
    synchronized (mode) {
      if (closed) {
        return false;
      }
      terminal = opened;
      opened.raw();
    }
    terminal.onResize(this::resized);
    resized();
    return true;
  }

  private void read(InputStream in) throws IOException {
    byte[] bytes = new byte[1024];
    for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
      int length = escape.filter(bytes, n);
      if (input.offer(bytes, 0, length) < length) {
        output.write(BELL, 0, BELL.length);
      }
    }
  }

  private void resized() {
    RawTerminal from = terminal;
    Receiver to = receiver;
    if (from == null || to == null) {
      return;
    }
    // Again if the size has changed meanwhile: another thread may have told the newer one first.
    RawTerminal.Size told;
    do {
      told = from.size();
      if (told.columns() > 0 && told.rows() > 0) {
        to.resized(told.columns(), told.rows());
      }
    } while (!told.equals(from.size()));
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    output.write(bytes, offset, length);
  }

  @Override
  public void attach(Receiver receiver) {
    this.receiver = receiver;
    input.attach(receiver);
    if (greeted.compareAndSet(false, true)) {
      note(escape.greeting());
    }
    plugged.countDown();
    resized();
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
    return true;
  }

  @Override
  public void note(String text) {
    output.note(text);
  }

  @Override
  public void close() {
    synchronized (mode) {
      if (closed) {
        return;
      }
      closed = true;
      output.close();
      input.close();
      if (terminal != null) {
        terminal.close();
      }
    }
    forgetShutdownHook();
  }

  private void forgetShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The process is ending and this is the hook.
    }
  }
}
