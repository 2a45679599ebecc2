package atoll.front;

import atoll.image.MirrorAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a mirror's address. */
final class MirrorName implements ITypeConverter<String> {
  @Override
  public String convert(String value) {
    if (MirrorAddress.parse(value).isEmpty()) {
      throw new TypeConversionException(MirrorAddress.refusal(value));
    }
    return value;
  }
}
