package atoll.virtio;

import atoll.state.Unsaved;
import java.util.BitSet;
import java.util.Collection;
import java.util.stream.IntStream;

/** What an input device is and can report, by Linux's numbers ({@code input-event-codes.h}). */
final class InputKind {
  static final int SYNC = 0; // EV_SYN
  static final int KEYS = 1; // EV_KEY
  static final int RELATIVE = 2; // EV_REL
  static final int ABSOLUTE = 3; // EV_ABS
  static final int LEDS = 0x11; // EV_LED
  static final int REPEAT = 0x14; // EV_REP
  static final int WHEEL = 8; // REL_WHEEL
  static final int WHEEL_ASIDE = 6; // REL_HWHEEL
  static final int X = 0; // ABS_X
  static final int Y = 1; // ABS_Y
  private static final int LAST_LED = 2; // LED_SCROLLL
  private static final int MOST_CODES = 0x300; // KEY_CNT, the largest number of any type

  /** All keys of a keyboard, with its lights; the guest repeats them. */
  static final InputKind KEYBOARD =
      new InputKind("Atoll keyboard", 1, IntStream.rangeClosed(1, 248), true, false);

  /** A pointer that says where it is, as those of tablets do, and so never leaves the user's. */
  static final InputKind TABLET = // BTN_LEFT to BTN_EXTRA
      new InputKind("Atoll tablet", 3, IntStream.rangeClosed(0x110, 0x114), false, true);

  private final String title;
  private final int product;

  @Unsaved("as it was made")
  private final BitSet keys;

  private final boolean keyboard;
  private final boolean tablet;

  private InputKind(String title, int product, IntStream keys, boolean keyboard, boolean tablet) {
    this.title = title;
    this.product = product;
    this.keys = keys.collect(BitSet::new, BitSet::set, BitSet::or);
    this.keyboard = keyboard;
    this.tablet = tablet;
  }

  /**
   * Some buttons of a machine, which nobody repeats.
   *
   * @param codes of their keys, 1 to 0x2ff
   */
  static InputKind buttons(Collection<Integer> codes) {
    return new InputKind(
        "Atoll buttons", 4, codes.stream().mapToInt(Integer::intValue), false, false);
  }

  /** What a person reads. */
  String title() {
    return title;
  }

  /** What tells it from other devices of its maker. */
  int product() {
    return product;
  }

  /** A bit for each code of a type that it can report; empty if there are none. */
  byte[] codes(int type) {
    return IntStream.range(0, MOST_CODES)
        .filter(code -> has(type, code))
        .collect(BitSet::new, BitSet::set, BitSet::or)
        .toByteArray();
  }

  boolean has(int type, int code) {
    return switch (type) {
      case KEYS -> code >= 0 && keys.get(code);
      case LEDS -> keyboard && code >= 0 && code <= LAST_LED;
      case REPEAT -> keyboard && code == 0;
      case RELATIVE -> tablet && (code == WHEEL || code == WHEEL_ASIDE);
      case ABSOLUTE -> tablet && (code == X || code == Y);
      default -> false;
    };
  }
}
