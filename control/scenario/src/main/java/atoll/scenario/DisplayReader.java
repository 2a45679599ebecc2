package atoll.scenario;

import atoll.display.ScreenSize;
import atoll.display.VncAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a VM's {@code display}. */
final class DisplayReader {
  private final FileReader files;

  DisplayReader(FileReader files) {
    this.files = files;
  }

  /** A size, or a mapping with more. */
  Optional<DisplayDescription> read(YamlValue value) {
    if (!value.isMapping()) {
      return size(value)
          .map(size -> new DisplayDescription(size, Optional.empty(), Optional.empty()));
    }
    int before = value.problems().count();
    YamlFields fields = value.fields("size", "vnc", "password").orElseThrow();
    ScreenSize size = fields.get("size", DisplayReader::size, ScreenSize.USUAL);
    Optional<InetSocketAddress> vnc = fields.get("vnc").flatMap(DisplayReader::address);
    Optional<Path> password = fields.get("password").flatMap(files::read);
    if (value.problems().count() > before) {
      return Optional.empty();
    }
    Optional<String> obstacle = DisplayDescription.obstacle(vnc, password);
    obstacle.ifPresent(value::reject);
    return obstacle.isPresent()
        ? Optional.empty()
        : Optional.of(new DisplayDescription(size, vnc, password));
  }

  private static Optional<ScreenSize> size(YamlValue value) {
    return value.parsed(ScreenSize::parse, ScreenSize.EXPECTED);
  }

  /** A port alone is a number. */
  private static Optional<InetSocketAddress> address(YamlValue value) {
    return value.isNumber()
        ? value.number(1, 65_535).flatMap(port -> VncAddress.parse(port.toString()))
        : value.parsed(VncAddress::parse, VncAddress.EXPECTED);
  }
}
