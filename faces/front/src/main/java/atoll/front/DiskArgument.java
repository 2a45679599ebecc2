package atoll.front;

import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.scenario.DiskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code FILE[,ro][,format=FORMAT][,pci][,iops=N][,bps=SIZE]}; a file's name may have commas
 * of its own. Of an NBD export's address the parameters can be given so as well.
 */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final Pattern PROPERTY =
      Pattern.compile(
          "(?<rest>.*),(?:(?<word>ro|pci)|(?<key>format|iops|bps)=(?<value>[^,]*))",
          Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile(
          "(?<rest>.*),(?<word>(?:reconnect|timeout|tls-[a-z]+)=[^,]*)", Pattern.DOTALL);

  private String name;
  private boolean readOnly;
  private boolean pci;
  private Optional<DiskFormat> format = Optional.empty();
  private long iops = DiskLimits.UNLIMITED;
  private long bps = DiskLimits.UNLIMITED;
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
      take(
          Optional.ofNullable(property.group("word")).orElse(property.group("key")),
          property.group("value"));
      take(atServer);
    } else if (atServer && parameter.matches()) {
      name = parameter.group("rest");
      parameters.add(parameter.group("word"));
      take(atServer);
    }
  }

  private void take(String word, String value) {
    switch (word) {
      case "ro" -> readOnly = true;
      case "pci" -> pci = true;
      case "iops" -> iops = requests(value);
      case "bps" -> bps = BytesPerSecond.read("bps", value, DiskLimits.LEAST_BYTES);
      default -> format = Optional.of(DiskFormatName.read(value));
    }
  }

  private DiskSpec spec() {
    String query = String.join("&", parameters);
    String separator = query.isEmpty() ? "" : name.contains("?") ? "&" : "?";
    return new DiskSpec(
        new DiskName().convert(name + separator + query),
        readOnly,
        format,
        pci,
        new DiskLimits(iops, bps));
  }

  private static long requests(String text) {
    if (!text.matches("0*[1-9]\\d{0,8}")) {
      throw new TypeConversionException(
          "iops=%s is not understood, expected a number of requests a second from 1 to 999999999"
              .formatted(text));
    }
    return Long.parseLong(text);
  }
}
