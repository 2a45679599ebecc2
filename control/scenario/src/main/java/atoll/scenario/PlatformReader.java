package atoll.scenario;

import atoll.scenario.PlatformDescription.ClockKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reads the {@code machine} of a scenario. */
final class PlatformReader {
  private PlatformReader() {}

  static Optional<PlatformDescription> read(YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> read = value.fields("cpus", "memory", "clock");
    if (read.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = read.get();
    List<PcpuDescription> cpus =
        fields.require("cpus", "2").map(PlatformReader::cpus).orElse(List.of());
    Optional<Long> memory = fields.require("memory", "1G").flatMap(YamlValue::memory);
    ClockKind clock = fields.get("clock", word -> word.constant(ClockKind.class), ClockKind.HOST);
    return value.problems().count() > before
        ? Optional.empty()
        : Optional.of(new PlatformDescription(cpus, memory.orElseThrow(), clock));
  }

  private static List<PcpuDescription> cpus(YamlValue value) {
    return value.isList()
        ? listed(value)
        : IntStream.range(0, value.number(1, PlatformDescription.MAX_CPUS).orElse(0))
            .mapToObj(CpuReader::ordinary)
            .toList();
  }

  private static List<PcpuDescription> listed(YamlValue value) {
    List<YamlValue> items = value.items().orElseThrow();
    if (items.isEmpty() || items.size() > PlatformDescription.MAX_CPUS) {
      value.reject(
          "found %d CPUs, expected 1 to %d".formatted(items.size(), PlatformDescription.MAX_CPUS));
    }
    List<PcpuDescription> cpus = new ArrayList<>();
    for (int number = 0; number < items.size(); number++) {
      CpuReader.read(number, items.get(number)).ifPresent(cpus::add);
    }
    return cpus;
  }
}
