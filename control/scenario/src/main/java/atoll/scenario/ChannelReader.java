package atoll.scenario;

import atoll.scenario.ChannelDescription.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one of a scenario's {@code channels}. */
final class ChannelReader {
  /** What its name looks like, for messages. */
  static final String NAMES = "up to 63 lower-case letters, digits and hyphens, a letter first";

  private static final String READ_WRITE = "read-write";
  private static final String READ_ONLY = "read-only";

  private ChannelReader() {}

  static Optional<ChannelDescription> read(String name, YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> read = value.fields("size", "between");
    if (read.isEmpty()) {
      return Optional.empty();
    }
    Optional<Long> size = read.get().require("size", "4K").flatMap(YamlValue::memory);
    List<Endpoint> ends =
        read.get()
            .require("between", "{cluster: read-write, infotainment: read-only}")
            .map(ChannelReader::ends)
            .orElse(List.of());
    return value.problems().count() > before || !ChannelDescription.NAME.matcher(name).matches()
        ? Optional.empty()
        : Optional.of(new ChannelDescription(name, size.orElseThrow(), ends));
  }

  private static List<Endpoint> ends(YamlValue value) {
    Map<String, YamlValue> named =
        value.named(VmDescription.NAME, "the names of two VMs").orElse(Map.of());
    List<Endpoint> ends = new ArrayList<>();
    named.forEach((vm, right) ->
        right
            .word(List.of(READ_WRITE, READ_ONLY))
            .ifPresent(word -> ends.add(new Endpoint(vm, word.equals(READ_WRITE)))));
    if (value.isMapping() && named.size() != 2) {
      value.reject("found %d, expected two VMs".formatted(named.size()));
    }
    return ends;
  }
}
