package atoll.console;

import java.util.BitSet;

/**
 * Remembers which terminal modes a guest has changed, so that a machine that is stopped in the
 * middle of {@code vi} leaves the terminal usable.
 *
 * <p>It follows the DEC private mode sequences {@code CSI ? n ; n h} and {@code l} (ECMA-48
 * §8.3.106 and xterm's control sequences) and nothing else. One thread uses it, the one that writes
 * output.
 */
final class ScreenModes {
  private static final int CURSOR_KEYS = 1;
  private static final int CURSOR_SHOWN = 25;
  private static final int ALTERNATE = 47;
  private static final int ALTERNATE_CLEARED = 1047;
  private static final int ALTERNATE_SAVED = 1049;
  private static final int LARGEST = 2048;

  /** Modes that are off in a fresh terminal and disturb a shell when left on. */
  private static final int[] DISTURBING = {
    CURSOR_KEYS,
    9,
    ALTERNATE,
    1000,
    1002,
    1003,
    1004,
    1005,
    1006,
    1015,
    ALTERNATE_CLEARED,
    ALTERNATE_SAVED,
    2004
  };

  private enum State {
    TEXT,
    ESCAPE,
    SEQUENCE,
    PRIVATE
  }

  private final BitSet on = new BitSet();
  private final BitSet pending = new BitSet();
  private State state = State.TEXT;
  private int number;
  private boolean used;

  ScreenModes() {
    on.set(CURSOR_SHOWN);
  }

  void follow(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      byte b = bytes[i];
      if (state != State.TEXT || b == 0x1b) {
        step(b);
      }
    }
  }

  private void step(byte b) {
    state =
        switch (state) {
          case TEXT -> State.ESCAPE;
          case ESCAPE -> b == '[' ? State.SEQUENCE : State.TEXT;
          case SEQUENCE -> begin(b);
          case PRIVATE -> parameter(b);
        };
  }

  private State begin(byte b) {
    used = true;
    number = 0;
    pending.clear();
    return b == '?' ? State.PRIVATE : State.TEXT;
  }

  private State parameter(byte b) {
    if (b >= '0' && b <= '9') {
      number = Math.min(LARGEST, number * 10 + (b - '0'));
      return State.PRIVATE;
    }
    pending.set(number);
    number = 0;
    if (b == ';') {
      return State.PRIVATE;
    }
    if (b == 'h') {
      on.or(pending);
    } else if (b == 'l') {
      on.andNot(pending);
    }
    return State.TEXT;
  }

  /** Whether the guest has the alternate screen, which only its own bytes can fill again. */
  boolean fullScreen() {
    return on.get(ALTERNATE) || on.get(ALTERNATE_CLEARED) || on.get(ALTERNATE_SAVED);
  }

  /** The bytes that put a restored terminal into these modes again. */
  String establishing() {
    StringBuilder sequence = new StringBuilder();
    for (int mode : DISTURBING) {
      if (on.get(mode)) {
        sequence.append("\u001b[?").append(mode).append('h');
      }
    }
    if (!on.get(CURSOR_SHOWN)) {
      sequence.append("\u001b[?25l");
    }
    return sequence.toString();
  }

  /** The bytes that bring a terminal back: nothing if the guest has sent plain text only. */
  String restoring() {
    if (!used) {
      return "";
    }
    StringBuilder sequence = new StringBuilder("\u001b[0m");
    for (int mode : DISTURBING) {
      if (on.get(mode)) {
        sequence.append("\u001b[?").append(mode).append('l');
      }
    }
    if (!on.get(CURSOR_SHOWN)) {
      sequence.append("\u001b[?25h");
    }
    return sequence.toString();
  }
}
