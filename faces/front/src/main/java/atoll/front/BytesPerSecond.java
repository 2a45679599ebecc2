package atoll.front;

import atoll.image.ByteSize;
import java.util.OptionalLong;
import picocli.CommandLine.TypeConversionException;

/** Reads a rate: a size with a binary unit, such as {@code 10M}, each second. */
final class BytesPerSecond {
  private BytesPerSecond() {}

  /**
   * Reads one.
   *
   * @param word what it is the value of
   * @param least bytes a second
   */
  static long read(String word, String text, long least) {
    OptionalLong bytes = ByteSize.parse(text);
    if (bytes.orElse(0) < least) {
      throw new TypeConversionException(
          "%s=%s is not understood, expected bytes a second with a unit, such as 10M, and at least %s"
              .formatted(word, text, ByteSize.format(least)));
    }
    return bytes.getAsLong();
  }
}
