package atoll.front;

import atoll.scenario.FwCfgSpec;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code [name=]NAME,file=FILE} or {@code [name=]NAME,string=TEXT}, as QEMU does. */
final class FwCfgArgument implements ITypeConverter<FwCfgSpec> {
  private static final Pattern FORM =
      Pattern.compile("(name=)?(?<name>[^,]*),(?<kind>file|string)=(?<value>.*)", Pattern.DOTALL);

  @Override
  public FwCfgSpec convert(String value) {
    Matcher given = FORM.matcher(value);
    if (!given.matches()) {
      throw new TypeConversionException(
          "'%s' is not of the form name=NAME,file=FILE or name=NAME,string=TEXT".formatted(value));
    }
    String name = given.group("name");
    if (!FwCfgSpec.isName(name)) {
      throw new TypeConversionException(
          "'%s' is not a name; give %s".formatted(name, FwCfgSpec.NAMES));
    }
    return given.group("kind").equals("file")
        ? new FwCfgSpec(name, Optional.of(file(given.group("value"))), "")
        : new FwCfgSpec(name, Optional.empty(), given.group("value"));
  }

  private static Path file(String name) {
    try {
      Path file = Path.of(name);
      if (Files.isRegularFile(file) && Files.isReadable(file)) {
        return file;
      }
    } catch (InvalidPathException e) {
      // It is no name of a file, so there is none.
    }
    throw new TypeConversionException(
        "'%s' is not a file that can be read; check its name and its mode".formatted(name));
  }
}
