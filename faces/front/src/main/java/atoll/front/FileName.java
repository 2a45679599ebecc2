package atoll.front;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of a file. */
final class FileName implements ITypeConverter<Path> {
  @Override
  public Path convert(String value) {
    try {
      if (!value.isBlank()) {
        return Path.of(value);
      }
    } catch (InvalidPathException e) {
      // Said below.
    }
    throw new TypeConversionException("'%s' is not a file name".formatted(value));
  }
}
