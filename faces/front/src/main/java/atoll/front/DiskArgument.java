package atoll.front;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.scenario.DiskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;

/**
 * Reads {@code FILE[,ro][,format=FORMAT][,pci]}; a file's name may have commas of its own. Of an
 * NBD export's address the parameters can be given so as well.
 */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final Pattern PROPERTY =
      Pattern.compile("(?<rest>.*),(?<word>ro|pci|format=(?<format>[^,]*))", Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile(
          "(?<rest>.*),(?<word>(?:reconnect|timeout|tls-[a-z]+)=[^,]*)", Pattern.DOTALL);

  private String name;
  private boolean readOnly;
  private boolean pci;
  private Optional<DiskFormat> format = Optional.empty();
  private final List<String> parameters = new ArrayList<>();

  @Override
  public DiskSpec convert(String value) {
    DiskArgument argument = new DiskArgument();
    argument.name = value;
    argument.take(DiskLocation.atServer(value));
    return argument.spec();
  }

  private void take(boolean atServer) {
    Matcher property = PROPERTY.matcher(name);
    Matcher parameter = PARAMETER.matcher(name);
    if (property.matches()) {
      name = property.group("rest");
      switch (property.group("word")) {
        case "ro" -> readOnly = true;
        case "pci" -> pci = true;
        default -> format = Optional.of(DiskFormatName.read(property.group("format")));
      }
      take(atServer);
    } else if (atServer && parameter.matches()) {
      name = parameter.group("rest");
      parameters.add(parameter.group("word"));
      take(atServer);
    }
  }

  private DiskSpec spec() {
    String query = String.join("&", parameters);
    String separator = query.isEmpty() ? "" : name.contains("?") ? "&" : "?";
    return new DiskSpec(new DiskName().convert(name + separator + query), readOnly, format, pci);
  }
}
