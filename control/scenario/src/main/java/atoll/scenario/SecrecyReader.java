package atoll.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads whether a virtual machine's memory is secret. */
final class SecrecyReader {
  private SecrecyReader() {}

  /** {@code true}, {@code false}, or a mapping with what may show it nevertheless. */
  static Optional<Secrecy> read(YamlValue value) {
    if (!value.isMapping()) {
      return value.flag().map(secret -> new Secrecy(secret, List.of()));
    }
    List<Secrecy.Leave> allowed = new ArrayList<>();
    value
        .fields("allow")
        .orElseThrow()
        .require("allow", "[snapshot]")
        .flatMap(YamlValue::items)
        .orElse(List.of())
        .forEach(item -> item.constant(Secrecy.Leave.class).ifPresent(allowed::add));
    return Optional.of(Secrecy.but(allowed));
  }
}
