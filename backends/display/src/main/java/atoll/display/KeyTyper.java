package atoll.display;

import atoll.device.spi.InputPort;
import java.util.TreeSet;

/** What one viewer presses and points at, in front of a screen. */
final class KeyTyper {
  private static final int CAPS_LOCK = 2;
  private static final int FIRST_BUTTON = 0x110; // BTN_LEFT

  /** Linux's numbers of RFB's buttons, above the first; -1 for those that are a wheel. */
  private static final int[] BUTTONS = {0, 2, 1, -1, -1, -1, -1, 3};

  private static final int WHEEL = 3;

  private final Screen screen;
  private final TreeSet<Integer> pressed = new TreeSet<>();
  private int buttons;

  KeyTyper(Screen screen) {
    this.screen = screen;
  }

  /** A key by its keysym: what it types is what is meant, whatever the guest's Shift is. */
  void symbol(int symbol, boolean down) {
    KeyMap.ofSymbol(symbol)
        .ifPresent(key -> {
          if (down && key.sign() && !pressed.contains(key.code())) {
            typeSign(key);
          } else {
            press(key.code(), down);
          }
        });
  }

  private void typeSign(KeyMap.Key key) {
    boolean caps = key.letter() && (screen.leds() & CAPS_LOCK) != 0;
    boolean wanted = key.shifted() != caps;
    boolean left = pressed.contains(KeyMap.LEFT_SHIFT);
    boolean right = pressed.contains(KeyMap.RIGHT_SHIFT);
    InputPort keyboard = screen.keyboard();
    if (wanted == (left || right)) {
      press(key.code(), true);
    } else if (wanted) {
      keyboard.press(KeyMap.LEFT_SHIFT, true);
      press(key.code(), true);
      keyboard.press(KeyMap.LEFT_SHIFT, false);
    } else {
      keyboard.press(KeyMap.LEFT_SHIFT, false);
      keyboard.press(KeyMap.RIGHT_SHIFT, false);
      press(key.code(), true);
      if (left) {
        keyboard.press(KeyMap.LEFT_SHIFT, true);
      }
      if (right) {
        keyboard.press(KeyMap.RIGHT_SHIFT, true);
      }
    }
  }

  /** A key by its code on a PC keyboard: what it types is the guest's affair. */
  void scancode(int scancode, boolean down) {
    KeyMap.ofScancode(scancode).ifPresent(code -> press(code, down));
  }

  private void press(int code, boolean down) {
    if (down) {
      pressed.add(code);
    } else {
      pressed.remove(code);
    }
    screen.keyboard().press(code, down);
  }

  /**
   * The pointer.
   *
   * @param mask a bit for each button that is pressed, as RFC 6143 §7.5.5 has them
   */
  void point(int x, int y, int mask) {
    Area whole = screen.whole();
    InputPort pointer = screen.pointer();
    pointer.move(scaled(x, whole.width()), scaled(y, whole.height()));
    int changed = mask ^ buttons;
    buttons = mask;
    for (int n = 0; n < BUTTONS.length; n++) {
      if ((changed & 1 << n) != 0 && BUTTONS[n] >= 0) {
        pointer.press(FIRST_BUTTON + BUTTONS[n], (mask & 1 << n) != 0);
      }
    }
    int turned = (changed & mask) >> WHEEL;
    int up = (turned & 1) - (turned >> 1 & 1);
    int right = (turned >> 3 & 1) - (turned >> 2 & 1);
    if (up != 0 || right != 0) {
      pointer.turn(up, right);
    }
  }

  private static int scaled(int at, int side) {
    return side < 2 ? 0 : (int) ((long) Math.min(at, side - 1) * InputPort.EDGE / (side - 1));
  }

  /** The viewer is gone: nothing stays pressed. */
  void release() {
    pressed.forEach(code -> screen.keyboard().press(code, false));
    pressed.clear();
    for (int n = 0; n < BUTTONS.length; n++) {
      if ((buttons & 1 << n) != 0 && BUTTONS[n] >= 0) {
        screen.pointer().press(FIRST_BUTTON + BUTTONS[n], false);
      }
    }
    buttons = 0;
  }
}
