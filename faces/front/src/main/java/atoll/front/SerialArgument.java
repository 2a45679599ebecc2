package atoll.front;

import atoll.image.RefusedException;
import atoll.scenario.SerialSpec;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** One more serial port, and what is at its other end: {@code gps=/dev/ttyUSB0}. */
final class SerialArgument implements ITypeConverter<SerialSpec> {
  @Override
  public SerialSpec convert(String text) {
    String[] parts = text.split("=", 2);
    if (parts.length < 2) {
      throw new TypeConversionException(
          "'%s' says not where it leads, expected NAME= and %s"
              .formatted(text, SerialSpec.EXPECTED));
    }
    try {
      SerialSpec port =
          SerialSpec.parse(parts[0], parts[1], Path.of("").toAbsolutePath())
              .orElseThrow(() ->
                  new TypeConversionException(
                      "'%s' is no other end of a serial port, expected %s"
                          .formatted(parts[1], SerialSpec.EXPECTED)));
      port.far().ifPresent(far -> FarArgument.read(far.toString()));
      return port;
    } catch (RefusedException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
