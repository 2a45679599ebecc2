package atoll.net;

import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hardware address of a network interface.
 *
 * @param bits 48, the first byte highest
 */
public record MacAddress(long bits) {
  /** What one looks like, for messages. */
  public static final String EXPECTED = "six bytes such as 52:54:00:12:34:56, the first even";

  static final long BROADCAST = 0xffff_ffff_ffffL;

  private static final Pattern FORM = Pattern.compile("(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}");
  private static final int SIZE = 6;
  private static final long GROUP = 1L << 40;

  /** The prefix that virtual machines commonly have, of addresses that nobody sells. */
  private static final long VIRTUAL = 0x5254_0000_0000L;

  public MacAddress {
    if (bits >>> 48 != 0 || bits == 0 || isGroup(bits)) {
      throw new IllegalArgumentException(
          "%x is not the address of one interface, expected %s".formatted(bits, EXPECTED));
    }
  }

  /** Reads {@code 52:54:00:12:34:56}. */
  public static Optional<MacAddress> parse(String text) {
    if (!FORM.matcher(text).matches()) {
      return Optional.empty();
    }
    long bits = HexFormat.fromHexDigitsToLong(text.replace(":", ""));
    return bits == 0 || isGroup(bits) ? Optional.empty() : Optional.of(new MacAddress(bits));
  }

  /**
   * One for the n-th interface of a machine: the same in every run.
   *
   * @param scope what the machine's name is unique in
   */
  public static MacAddress of(String scope, String machine, int n) {
    int hash = (scope + '\0' + machine + '\0' + n).hashCode() * 0x9e37_79b1;
    return new MacAddress(VIRTUAL | hash >>> 8);
  }

  /** The next address with the same prefix. */
  public MacAddress next() {
    return new MacAddress(bits & ~0xff_ffffL | bits + 1 & 0xff_ffffL);
  }

  static boolean isGroup(long bits) {
    return (bits & GROUP) != 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = SIZE - 1; i >= 0; i--) {
      text.append("%02x".formatted(bits >>> 8 * i & 0xff)).append(i == 0 ? "" : ":");
    }
    return text.toString();
  }
}
