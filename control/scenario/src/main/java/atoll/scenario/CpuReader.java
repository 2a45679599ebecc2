package atoll.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads one of {@code machine.cpus}: the name of a policy, or a policy with its numbers. */
final class CpuReader {
  /** A turn where none is given: long against a switch, short against what a person notices. */
  private static final Duration SLICE = CpuPolicy.Fair.USUAL.slice();

  private static final int MAX_HOST_CPU = 1023;
  private static final String CYCLIC = "cyclic";

  /** The policies and the keys that each takes. */
  private static final Map<String, Set<String>> KEYS =
      Map.of(
          "dedicated",
          Set.of(),
          "round-robin",
          Set.of("slice"),
          "fair",
          Set.of("slice"),
          "pool",
          Set.of(),
          "priority",
          Set.of(),
          CYCLIC,
          Set.of("frame", "windows"));

  private static final List<String> POLICIES =
      List.of("dedicated", "round-robin", "fair", "pool", "priority", CYCLIC);

  private CpuReader() {}

  /** The policy of a CPU without further keys. */
  static PcpuDescription ordinary(int number) {
    return new PcpuDescription(number, CpuPolicy.Fair.USUAL, OptionalInt.empty());
  }

  static Optional<PcpuDescription> read(int number, YamlValue value) {
    return value.isMapping() ? detailed(number, value) : named(number, value);
  }

  private static Optional<PcpuDescription> named(int number, YamlValue value) {
    Optional<String> policy = value.word(POLICIES);
    if (policy.isPresent() && policy.get().equals(CYCLIC)) {
      value.reject(
          "cyclic has no timetable, expected for example {policy: cyclic, frame: 20ms, windows: [...]}");
      return Optional.empty();
    }
    return policy.map(
        name -> new PcpuDescription(number, uniform(name, SLICE), OptionalInt.empty()));
  }

  private static Optional<PcpuDescription> detailed(int number, YamlValue value) {
    int before = value.problems().count();
    YamlFields fields =
        value.fields("policy", "slice", "frame", "windows", "host-cpu").orElseThrow();
    Optional<CpuPolicy> policy =
        fields
            .require("policy", "fair")
            .flatMap(name -> name.word(POLICIES))
            .flatMap(name -> policy(name, fields));
    OptionalInt host =
        fields.get("host-cpu").flatMap(n -> n.number(0, MAX_HOST_CPU)).stream()
            .mapToInt(Integer::intValue)
            .findFirst();
    return value.problems().count() > before
        ? Optional.empty()
        : Optional.of(new PcpuDescription(number, policy.orElseThrow(), host));
  }

  private static Optional<CpuPolicy> policy(String name, YamlFields fields) {
    for (String key : List.of("slice", "frame", "windows")) {
      if (!KEYS.get(name).contains(key)) {
        fields.refuse(key, "the policy %s has no %s; leave it out".formatted(name, key));
      }
    }
    return name.equals(CYCLIC)
        ? cyclic(fields)
        : Optional.of(uniform(name, fields.get("slice", YamlValue::time, SLICE)));
  }

  private static CpuPolicy uniform(String name, Duration slice) {
    return switch (name) {
      case "dedicated" -> new CpuPolicy.Dedicated();
      case "round-robin" -> new CpuPolicy.RoundRobin(slice);
      case "fair" -> new CpuPolicy.Fair(slice);
      case "pool" -> new CpuPolicy.Pool();
      case "priority" -> new CpuPolicy.Priority();
      default -> throw new IllegalArgumentException("not one of " + POLICIES + ": " + name);
    };
  }

  private static Optional<CpuPolicy> cyclic(YamlFields fields) {
    Optional<Duration> frame = fields.require("frame", "20ms").flatMap(YamlValue::time);
    Optional<List<YamlValue>> items =
        fields
            .require("windows", "[{vm: cluster, offset: 0ms, duration: 5ms}]")
            .flatMap(YamlValue::items);
    List<CpuPolicy.Window> windows = new ArrayList<>();
    items.orElse(List.of()).forEach(item -> window(item).ifPresent(windows::add));
    return frame.map(time -> new CpuPolicy.Cyclic(time, windows));
  }

  private static Optional<CpuPolicy.Window> window(YamlValue value) {
    Optional<YamlFields> fields = value.fields("vm", "offset", "duration");
    Optional<String> vm =
        fields.flatMap(all -> all.require("vm", "cluster")).flatMap(YamlValue::text);
    Optional<Duration> offset =
        fields.flatMap(all -> all.require("offset", "0ms")).flatMap(YamlValue::timeOrZero);
    Optional<Duration> duration =
        fields.flatMap(all -> all.require("duration", "5ms")).flatMap(CpuReader::duration);
    return vm.isPresent() && offset.isPresent() && duration.isPresent()
        ? Optional.of(new CpuPolicy.Window(vm.get(), offset.get(), duration.get()))
        : Optional.empty();
  }

  private static Optional<Duration> duration(YamlValue value) {
    Optional<Duration> duration = value.time();
    if (duration.isPresent() && duration.get().compareTo(CpuPolicy.Window.SHORTEST) < 0) {
      value.reject(
          "%s is too short, expected at least %s"
              .formatted(
                  TimeAmount.format(duration.get()), TimeAmount.format(CpuPolicy.Window.SHORTEST)));
      return Optional.empty();
    }
    return duration;
  }
}
