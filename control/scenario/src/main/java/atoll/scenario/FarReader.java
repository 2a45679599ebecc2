package atoll.scenario;

import atoll.line.FarAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what of a machine has its other end elsewhere. */
final class FarReader {
  private final Path folder;

  /**
   * @param folder what relative paths refer to
   */
  FarReader(Path folder) {
    this.folder = folder;
  }

  /** Where a far side is. */
  static Optional<FarAddress> address(YamlValue value) {
    Optional<FarAddress> read = value.parsed(FarAddress::parse, FarAddress.EXPECTED);
    Optional<String> obstacle = read.flatMap(FarAddress::obstacle);
    obstacle.ifPresent(value::reject);
    return obstacle.isPresent() ? Optional.empty() : read;
  }

  /** Serial ports by name. */
  Optional<List<SerialSpec>> serials(YamlValue value) {
    List<SerialSpec> ports = new ArrayList<>();
    value
        .named(SerialSpec.NAME, VmReader.NAMES)
        .ifPresent(all -> all.forEach((name, end) -> serial(name, end).ifPresent(ports::add)));
    return Optional.of(ports);
  }

  private Optional<SerialSpec> serial(String name, YamlValue value) {
    if (!SerialSpec.NAME.matcher(name).matches()) {
      return Optional.empty(); // It is reported already.
    }
    Optional<SerialSpec> read =
        value.parsed(text -> SerialSpec.parse(name, text, folder), SerialSpec.EXPECTED);
    Optional<String> obstacle = read.flatMap(SerialSpec::far).flatMap(FarAddress::obstacle);
    obstacle.ifPresent(value::reject);
    return obstacle.isPresent() ? Optional.empty() : read;
  }

  /** Names of sensors. */
  static Optional<List<String>> sensors(YamlValue value) {
    List<String> names = new ArrayList<>();
    for (YamlValue item : value.items().orElse(List.of())) {
      item.text(VmDescription.NAME, VmReader.NAMES)
          .ifPresent(name -> {
            if (names.contains(name)) {
              item.reject("'%s' is there already; give each name once".formatted(name));
            } else {
              names.add(name);
            }
          });
    }
    return Optional.of(names);
  }
}
