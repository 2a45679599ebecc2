package atoll.front;

import atoll.console.InputEnd;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code end} or {@code keep}. */
final class InputEndArgument implements ITypeConverter<InputEnd> {
  @Override
  public InputEnd convert(String value) {
    for (InputEnd end : InputEnd.values()) {
      if (end.name().toLowerCase(Locale.ROOT).equals(value)) {
        return end;
      }
    }
    throw new TypeConversionException("found '%s', expected end or keep".formatted(value));
  }
}
