package atoll.display;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What keys are called: X's keysyms and codes of PC keyboards, as viewers send them, and Linux's
 * numbers ({@code input-event-codes.h}), as guests know them. Letters and signs are where a
 * keyboard for the United States has them.
 */
final class KeyMap {
  static final int LEFT_SHIFT = 42;
  static final int RIGHT_SHIFT = 54;

  private static final int UNICODE = 0x0100_0000;
  private static final int EXTENDED = 0x80;
  private static final int LAST_PLAIN = 0x58;

  /**
   * A key.
   *
   * @param code Linux's number
   * @param sign whether Shift decides what it types
   * @param shifted whether it must be pressed for this
   * @param letter whether Caps Lock has the same effect
   */
  record Key(int code, boolean sign, boolean shifted, boolean letter) {}

  private static final Map<Integer, Key> BY_SYMBOL = new HashMap<>();
  private static final Map<Integer, Integer> BY_SCANCODE = new HashMap<>();

  static {
    row(41, "`", "~");
    row(2, "1234567890-=", "!@#$%^&*()_+");
    row(16, "qwertyuiop[]", "QWERTYUIOP{}");
    row(30, "asdfghjkl;'", "ASDFGHJKL:\"");
    row(43, "\\", "|");
    row(44, "zxcvbnm,./", "ZXCVBNM<>?");
    keys(0x20, 57);
    keys(0xff08, 14, 15); // BackSpace, Tab
    keys(0xff0d, 28); // Return
    keys(0xff13, 119, 70, 99); // Pause, Scroll_Lock, Sys_Req
    keys(0xff1b, 1); // Escape
    keys(0xff50, 102, 105, 103, 106, 108, 104, 109, 107); // Home, arrows, Prior, Next, End
    keys(0xff61, 99); // Print
    keys(0xff63, 110); // Insert
    keys(0xff67, 127); // Menu
    keys(0xff7f, 69); // Num_Lock
    keys(0xff8d, 96); // KP_Enter
    keys(0xff95, 71, 75, 72, 77, 80, 73, 81, 79, 76, 82, 83); // the keypad without Num Lock
    keys(0xffaa, 55, 78, 121, 74, 83, 98); // its signs
    keys(0xffb0, 82, 79, 80, 81, 75, 76, 77, 71, 72, 73); // its digits
    keys(0xffbe, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 87, 88); // F1 to F12
    keys(0xffca, 183, 184, 185, 186, 187, 188, 189, 190, 191, 192, 193, 194); // to F24
    keys(0xffe1, LEFT_SHIFT, RIGHT_SHIFT, 29, 97, 58); // Shift, Control, Caps_Lock
    keys(0xffe7, 125, 126, 56, 100, 125, 126); // Meta, Alt, Super
    keys(0xfe03, 100); // ISO_Level3_Shift
    keys(0xfe20, 15); // ISO_Left_Tab
    keys(0xffff, 111); // Delete
    extended(0x1c, 96, 97); // Enter, Control
    extended(0x20, 113); // Mute
    extended(0x2e, 114);
    extended(0x30, 115); // Volume
    extended(0x35, 98); // Divide
    extended(0x37, 99, 100); // Print, Alt
    extended(0x46, 119, 102, 103, 104); // Pause, Home, Up, Page Up
    extended(0x4b, 105);
    extended(0x4d, 106); // Left, Right
    extended(0x4f, 107, 108, 109, 110, 111); // End, Down, Page Down, Insert, Delete
    extended(0x5b, 125, 126, 127, 116); // Super, Menu, Power
    BY_SCANCODE.put(0x59, 117); // KP_Equal
    BY_SCANCODE.put(0x70, 93); // the keys of Japanese keyboards
    BY_SCANCODE.put(0x73, 89);
    BY_SCANCODE.put(0x79, 92);
    BY_SCANCODE.put(0x7b, 94);
    BY_SCANCODE.put(0x7d, 124);
    BY_SCANCODE.put(0x7e, 121); // KP_Comma
  }

  private KeyMap() {}

  private static void row(int code, String plain, String shifted) {
    for (int i = 0; i < plain.length(); i++) {
      boolean letter = Character.isLetter(plain.charAt(i));
      BY_SYMBOL.put((int) plain.charAt(i), new Key(code + i, true, false, letter));
      BY_SYMBOL.put((int) shifted.charAt(i), new Key(code + i, true, true, letter));
    }
  }

  private static void keys(int symbol, int... codes) {
    for (int i = 0; i < codes.length; i++) {
      BY_SYMBOL.put(symbol + i, new Key(codes[i], false, false, false));
    }
  }

  private static void extended(int scancode, int... codes) {
    for (int i = 0; i < codes.length; i++) {
      BY_SCANCODE.put(scancode + i | EXTENDED, codes[i]);
    }
  }

  /** The key of a keysym, if a keyboard has one. */
  static Optional<Key> ofSymbol(int symbol) {
    boolean unicode = (symbol & 0xff00_0000) == UNICODE;
    return Optional.ofNullable(BY_SYMBOL.get(unicode ? symbol - UNICODE : symbol));
  }

  /**
   * Linux's number of the key with a code of the first set of PC keyboards, which has 0x80 in place
   * of a prefix of 0xe0.
   */
  static Optional<Integer> ofScancode(int scancode) {
    return scancode > 0 && scancode <= LAST_PLAIN && scancode != 0x54 && scancode != 0x55
        ? Optional.of(scancode) // Linux has kept these numbers.
        : Optional.ofNullable(BY_SCANCODE.get(scancode));
  }
}
