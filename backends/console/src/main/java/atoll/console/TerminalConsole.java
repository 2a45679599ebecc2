package atoll.console;

import atoll.console.ConsoleOutput.Overflow;
import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/**
 * The consoles at a raw terminal, one of them in front: every key and every output byte passes as
 * it is, except commands after {@code Ctrl-a}.
 *
 * <p>The terminal stays as it is until a machine is plugged in. Then it is opened on the thread
 * that reads it, since opening takes as long as starting a small guest.
 */
public final class TerminalConsole implements HostConsole {
  /** Enough for a large paste into a slow guest; what is beyond is refused with the bell. */
  private static final int HELD = 1 << 20;

  /** Consoles that have a key of their own, {@code 1} to {@code 9}. */
  private static final int MOST_KEYS = 9;

  private final List<GuestConsole> guests = new ArrayList<>();
  private final Switchboard board;
  private final EscapeKey escape;
  private final Hangup hangup;
  private final AtomicBoolean greeted = new AtomicBoolean();
  private final CountDownLatch plugged = new CountDownLatch(1);
  private final ConsoleReader reader;
  private final Thread shutdownHook = new Thread(this::close, "console-restore");

  /** Held while the terminal is opened and while it is closed, so that neither is lost. */
  private final Object mode = new Object();

  private volatile RawTerminal terminal;
  private volatile boolean closed;

  TerminalConsole(
      List<Port> ports,
      Setup setup,
      Callable<RawTerminal> opener,
      InputStream in,
      OutputStream out) {
    hangup = new Hangup(setup.lost());
    List<ConsoleView> views = new ArrayList<>();
    Overflow overflow = ports.size() == 1 ? Overflow.WAIT : Overflow.LOSE;
    List<ConsoleLog> logs = ConsoleLog.open(ports);
    for (int i = 0; i < ports.size(); i++) {
      ConsoleView view = new ConsoleView(i == setup.front());
      Port port = ports.get(i);
      ConsoleOutput output =
          new ConsoleOutput(out, view, overflow, logs.get(i), port.watch(), hangup::failed);
      views.add(view);
      ConsoleInput input = new ConsoleInput(HELD, ConsoleInput.Rest.DROPPED);
      guests.add(new GuestConsole(port.name(), input, output, this::plugged));
    }
    board = new Switchboard(guests, views, setup.front(), out, hangup);
    escape =
        new EscapeKey(withSwitching(setup.commands()), board::typed, this::perform, this::answer);
    reader = new ConsoleReader(() -> run(opener, in));
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  private List<EscapeCommand> withSwitching(List<EscapeCommand> commands) {
    if (guests.size() == 1) {
      return commands;
    }
    List<EscapeCommand> all = new ArrayList<>();
    all.add(new EscapeCommand('n', "shows the next console", () -> board.turn(1)));
    all.add(commands.getFirst());
    all.add(new EscapeCommand('p', "shows the previous console", () -> board.turn(-1)));
    all.add(new EscapeCommand('l', "lists the consoles", this::list));
    all.addAll(commands.subList(1, commands.size()));
    for (int i = 0; i < Math.min(MOST_KEYS, guests.size()); i++) {
      int index = i;
      all.add(
          new EscapeCommand(
              (char) ('1' + i),
              "shows console " + guests.get(i).name(),
              () -> board.select(index)));
    }
    return all;
  }

  private void list() {
    GuestConsole front = board.front();
    IntStream.range(0, guests.size())
        .mapToObj(i ->
            "%s %d  %s"
                .formatted(guests.get(i).equals(front) ? "*" : " ", i + 1, guests.get(i).name()))
        .forEach(this::answer);
  }

  private void perform(EscapeCommand.Action action) {
    switch (action) {
      case EscapeCommand.Action.Run run -> run.body().run();
      case EscapeCommand.Action.Show show -> board.cover(new LiveScreen(show.page()));
      case EscapeCommand.Action.Ask ask -> board.cover(new PromptScreen(ask.prompt()));
    }
  }

  /** A line for the user who has typed a command, which must be seen. */
  private void answer(String text) {
    board.uncover();
    note(text);
  }

  private void run(Callable<RawTerminal> opener, InputStream in) {
    try {
      if (open(opener)) {
        read(in);
        hangup.run();
      }
    } catch (Exception e) {
      if (closed) {
        return; // which has ended the reading
      }
      note(
          "the terminal cannot be used ("
              + HostException.reason(e)
              + "); try again with: < /dev/null | cat");
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
      escape.accept(bytes, n);
    }
  }

  private void resized() {
    RawTerminal from = terminal;
    if (from == null) {
      return;
    }
    // Again if the size has changed meanwhile: another thread may have told the newer one first.
    RawTerminal.Size told;
    do {
      told = from.size();
      board.resized(told);
      for (GuestConsole guest : guests) {
        guest.resized(told);
      }
    } while (!told.is(from.size()));
  }

  private void plugged() {
    if (greeted.compareAndSet(false, true)) {
      note(escape.greeting());
    }
    plugged.countDown();
    resized();
  }

  @Override
  public GuestConsole guest(String name) {
    return GuestConsole.named(name, guests);
  }

  @Override
  public boolean attended() {
    return true;
  }

  @Override
  public void note(String text) {
    board.front().note(text);
  }

  @Override
  public void note(String guest, String text) {
    GuestConsole front = board.front();
    guests.stream()
        .filter(console -> !console.equals(front) && console.name().equals(guest))
        .forEach(console -> console.note(text));
    front.note(text);
  }

  @Override
  public void close() {
    synchronized (mode) {
      if (closed) {
        return;
      }
      closed = true;
      board.uncover();
      guests.forEach(GuestConsole::close);
      if (terminal != null) {
        terminal.close();
      }
    }
    reader.close();
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
