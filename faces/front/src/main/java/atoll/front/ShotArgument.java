package atoll.front;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A picture that is taken of a display.
 *
 * @param file where it goes
 * @param time after the start, or at the end if there is none
 */
record ShotArgument(Path file, Optional<Duration> time) {
  /** Reads {@code FILE[@TIME]}. */
  static final class Converter implements ITypeConverter<ShotArgument> {
    @Override
    public ShotArgument convert(String value) {
      int at = value.lastIndexOf('@');
      if (at < 0) {
        return new ShotArgument(new OutputName().convert(value), Optional.empty());
      }
      try {
        Duration time = new TimeSpan().convert(value.substring(at + 1));
        return new ShotArgument(
            new OutputName().convert(value.substring(0, at)), Optional.of(time));
      } catch (TypeConversionException e) {
        throw new TypeConversionException(
            "behind the @ of '%s': %s".formatted(value, e.getMessage()));
      }
    }
  }
}
