package atoll.front;

import atoll.disk.DiskFormat;
import atoll.scenario.DiskSpec;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code FILE[,ro][,format=FORMAT][,pci]}; a file's name may have commas of its own. */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final Pattern PROPERTY =
      Pattern.compile("(?<rest>.*),(?<word>ro|pci|format=(?<format>[^,]*))", Pattern.DOTALL);

  @Override
  public DiskSpec convert(String value) {
    String name = value;
    boolean readOnly = false;
    boolean pci = false;
    Optional<DiskFormat> format = Optional.empty();
    for (Matcher m = PROPERTY.matcher(name); m.matches(); m = PROPERTY.matcher(name)) {
      name = m.group("rest");
      switch (m.group("word")) {
        case "ro" -> readOnly = true;
        case "pci" -> pci = true;
        default -> format = Optional.of(DiskFormatName.read(m.group("format")));
      }
    }
    return new DiskSpec(new FileName().convert(name), readOnly, format, pci);
  }
}
