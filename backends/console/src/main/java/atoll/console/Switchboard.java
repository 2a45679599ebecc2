package atoll.console;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Which guest's console is on a terminal, or what is shown in its place. Thread-safe. */
final class Switchboard {
  private static final byte[] BELL = {7};

  private final List<GuestConsole> guests;
  private final List<ConsoleView> views;
  private final OutputStream out;
  private final Hangup hangup;
  private RawTerminal.Size size = new RawTerminal.Size(80, 24);
  private int front;
  private Overlay overlay;
  private Gate gate;

  /**
   * @param guests whose consoles there are
   * @param views how their output is shown, in the same order
   * @param front which of them is in front, from 0
   * @param hangup told that the terminal has refused something
   */
  Switchboard(
      List<GuestConsole> guests,
      List<ConsoleView> views,
      int front,
      OutputStream out,
      Hangup hangup) {
    this.guests = List.copyOf(guests);
    this.views = List.copyOf(views);
    this.front = front;
    this.out = out;
    this.hangup = hangup;
  }

  /** The guest whose console is in front. */
  synchronized GuestConsole front() {
    return guests.get(front);
  }

  /** Brings the console to the front that many places further on, around the end. */
  synchronized void turn(int places) {
    select(Math.floorMod(front + places, guests.size()));
  }

  /** Brings a console to the front, in place of another or of an overlay. */
  synchronized void select(int index) {
    leaveOverlay();
    onTerminal(() -> {
      views.get(front).hide(out);
      front = index;
      views.get(front).show(title(), size, out);
    });
  }

  private String title() {
    String why = front().away();
    String title =
        "atoll: console %s, %d of %d".formatted(front().name(), front + 1, guests.size());
    return why.isEmpty() ? title : title + "; " + why;
  }

  /** Shows something of Atoll's own until it ends or a console is selected. */
  synchronized void cover(Overlay next) {
    leaveOverlay();
    onTerminal(() -> views.get(front).hide(out));
    overlay = next;
    gate = new Gate(out);
    next.open(gate, size, () -> uncover(next));
  }

  private synchronized void uncover(Overlay ended) {
    if (ended.equals(overlay)) {
      select(front);
    }
  }

  /** Goes back to the console in front, if something covers it. */
  synchronized void uncover() {
    if (overlay != null) {
      select(front);
    }
  }

  private void leaveOverlay() {
    if (overlay != null) {
      gate.close();
      overlay.close();
      overlay = null;
      onTerminal(() -> out.write(ConsoleView.CURSOR_ON));
    }
  }

  /** Hands typed bytes to what is on the screen. */
  void typed(byte[] bytes, int offset, int length) {
    Overlay over;
    GuestConsole guest;
    synchronized (this) {
      over = overlay;
      guest = front();
    }
    if (over != null) {
      over.typed(bytes, offset, length);
    } else if (guest.typed(bytes, offset, length) < length) {
      guest.output(BELL, 0, BELL.length);
    }
  }

  /** The terminal has this size now. */
  synchronized void resized(RawTerminal.Size now) {
    if (now.columns() > 0 && now.rows() > 0) {
      size = now;
      if (overlay != null) {
        overlay.resized(now);
      }
    }
  }

  /** Something that may find out that the terminal is gone. */
  private interface Writing {
    void write() throws IOException;
  }

  private void onTerminal(Writing writing) {
    try {
      writing.write();
    } catch (IOException e) {
      hangup.failed(e);
    }
  }
}
