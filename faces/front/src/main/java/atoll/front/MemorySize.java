package atoll.front;

import atoll.image.ByteSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a size with a binary unit: {@code 512M}, {@code 1G}, {@code 64MiB}. */
final class MemorySize implements ITypeConverter<Long> {
  @Override
  public Long convert(String value) {
    return ByteSize.parse(value)
        .orElseThrow(() ->
            new TypeConversionException(
                ByteSize.isTooLarge(value)
                    ? "'%s' is too large; give less than 8388608T, such as 512M or 1G"
                        .formatted(value)
                    : "'%s' is not a size; give a number with a unit, such as 512M or 1G"
                        .formatted(value)));
  }
}
