package atoll.front;

import atoll.line.FarAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where a far side is. */
final class FarArgument implements ITypeConverter<FarAddress> {
  @Override
  public FarAddress convert(String text) {
    return read(text);
  }

  static FarAddress read(String text) {
    FarAddress address =
        FarAddress.parse(text)
            .orElseThrow(() ->
                new TypeConversionException(
                    "'%s' is no far side, expected %s".formatted(text, FarAddress.EXPECTED)));
    address
        .obstacle()
        .ifPresent(why -> {
          throw new TypeConversionException("'%s': %s".formatted(text, why));
        });
    return address;
  }
}
