package atoll.console;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/**
 * Deals out what comes through a pipe among several guests, line by line: a line that begins with
 * {@code name| } goes to that guest, any other to the guest of the line before; the first line to
 * the guest in front. One thread uses it.
 */
final class PrefixedInput {
  private final List<GuestConsole> guests;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private GuestConsole current;

  PrefixedInput(List<GuestConsole> guests, GuestConsole front) {
    this.guests = List.copyOf(guests);
    current = front;
  }

  /** Takes bytes, waiting for room; returns false if closed or interrupted meanwhile. */
  boolean accept(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      line.write(bytes[i]);
      if (bytes[i] == '\n' && !end()) {
        return false;
      }
    }
    return true;
  }

  /** No more comes: the last line is what there is of it. */
  boolean end() {
    byte[] text = line.toByteArray();
    line.reset();
    for (GuestConsole guest : guests) {
      byte[] prefix = PrefixedLines.prefix(guest.name());
      if (text.length >= prefix.length
          && Arrays.equals(text, 0, prefix.length, prefix, 0, prefix.length)) {
        current = guest;
        return current.put(text, prefix.length, text.length - prefix.length);
      }
    }
    return current.put(text, 0, text.length);
  }
}
