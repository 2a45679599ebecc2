package atoll.front;

import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file that is written where standard output has something else. */
final class OutputName implements ITypeConverter<Path> {
  /** By which other programs mean standard output. */
  static final String STANDARD_OUTPUT = "-";

  @Override
  public Path convert(String value) {
    if (value.equals(STANDARD_OUTPUT)) {
      throw new TypeConversionException(
          "standard output has something else already; give a file, or ./- for one of that name");
    }
    return new FileName().convert(value);
  }
}
