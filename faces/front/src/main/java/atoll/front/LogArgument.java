package atoll.front;

import atoll.console.LogFile;
import atoll.image.ByteSize;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code NAME} or {@code NAME,max=SIZE}; {@code max=none} means no limit, whatever is usual.
 * Every other comma belongs to the name.
 *
 * @param path a file, or a folder of files
 * @param limit what is said about it, if anything is
 */
record LogArgument(Path path, Limit limit) {
  private static final Pattern LIMITED = Pattern.compile("(.+),max=([^,/]*)");
  private static final String NONE = "none";

  /** How large a log may become. */
  sealed interface Limit {
    /** Nothing is said. */
    record Unsaid() implements Limit {}

    /** So many bytes, or no limit. */
    record Said(OptionalLong bytes) implements Limit {}
  }

  /** The file, with a limit that counts if nothing is said. */
  LogFile file(OptionalLong usual) {
    return file(path, usual);
  }

  /** The same for a file in the folder. */
  LogFile file(String name, OptionalLong usual) {
    return file(path.resolve(name), usual);
  }

  private LogFile file(Path file, OptionalLong usual) {
    return new LogFile(file, limit instanceof Limit.Said(OptionalLong bytes) ? bytes : usual);
  }

  /** For picocli. */
  static final class Converter implements ITypeConverter<LogArgument> {
    @Override
    public LogArgument convert(String value) {
      Matcher limited = LIMITED.matcher(value);
      return limited.matches()
          ? new LogArgument(
              new OutputName().convert(limited.group(1)), new Limit.Said(bytes(limited.group(2))))
          : new LogArgument(new OutputName().convert(value), new Limit.Unsaid());
    }

    private static OptionalLong bytes(String size) {
      if (size.equals(NONE)) {
        return OptionalLong.empty();
      }
      OptionalLong bytes = ByteSize.parse(size);
      if (bytes.orElse(0) < LogFile.SMALLEST) {
        throw new TypeConversionException(
            "max=%s is not a limit; give a size with a unit, such as 64M, and at least %s, or none"
                .formatted(size, ByteSize.format(LogFile.SMALLEST)));
      }
      return bytes;
    }
  }
}
