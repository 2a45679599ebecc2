package atoll.debug;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/** Numbers and bytes as the protocol writes them. */
final class Hex {
  private static final HexFormat FORMAT = HexFormat.of();
  private static final int DIGITS = 16;

  private Hex() {}

  /** A number of up to 16 digits, the most significant one first. */
  static Optional<Long> number(String text) {
    return number(text, DIGITS);
  }

  static Optional<Long> number(String text, int mostDigits) {
    boolean fits = !text.isEmpty() && text.length() <= mostDigits;
    return fits && text.chars().allMatch(HexFormat::isHexDigit)
        ? Optional.of(HexFormat.fromHexDigitsToLong(text))
        : Optional.empty();
  }

  /** Bytes in pairs of digits. */
  static Optional<byte[]> bytes(String text) {
    return text.length() % 2 == 0 && text.chars().allMatch(HexFormat::isHexDigit)
        ? Optional.of(FORMAT.parseHex(text))
        : Optional.empty();
  }

  static String of(byte[] bytes) {
    return FORMAT.formatHex(bytes);
  }

  static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A number of 0 to 255 in two digits. */
  static String octet(int value) {
    return FORMAT.toHexDigits((byte) value);
  }

  /** A register: its bytes, the least significant one first. */
  static String register(long value) {
    return FORMAT.toHexDigits(Long.reverseBytes(value));
  }

  /** The reverse, of at most eight bytes. */
  static Optional<Long> register(String text) {
    return bytes(text)
        .filter(bytes -> bytes.length > 0 && bytes.length <= Long.BYTES)
        .map(bytes -> {
          long value = 0;
          for (int i = bytes.length - 1; i >= 0; i--) {
            value = value << 8 | bytes[i] & 0xff;
          }
          return value;
        });
  }
}
