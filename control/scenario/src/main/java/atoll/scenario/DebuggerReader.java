package atoll.scenario;

import atoll.debug.DebugAddress;
import atoll.image.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a scenario's {@code gdb}: one place for debuggers, or a list of them. */
final class DebuggerReader {
  private static final int MOST_PORT = 65_535;

  private final Path folder;
  private final Set<String> names;
  private final Set<DebugAddress> taken = new HashSet<>();

  /**
   * @param folder what relative paths refer to
   * @param names of all virtual machines
   */
  DebuggerReader(Path folder, Set<String> names) {
    this.folder = folder;
    this.names = names;
  }

  List<DebuggerDescription> read(YamlValue value) {
    if (!value.isList()) {
      return one(value).stream().toList();
    }
    List<DebuggerDescription> all = new ArrayList<>();
    value.items().orElse(List.of()).forEach(item -> one(item).ifPresent(all::add));
    return all;
  }

  /** An address, or a mapping with more. */
  private Optional<DebuggerDescription> one(YamlValue value) {
    if (!value.isMapping()) {
      return address(value).map(at -> new DebuggerDescription(at, List.of(), false));
    }
    YamlFields fields = value.fields("listen", "vms", "wait").orElseThrow();
    boolean waits = fields.get("wait", YamlValue::flag, false);
    List<String> vms = new ArrayList<>();
    fields
        .get("vms")
        .flatMap(YamlValue::items)
        .orElse(List.of())
        .forEach(item -> vm(item).ifPresent(vms::add));
    return fields
        .require("listen", ":1234")
        .flatMap(this::address)
        .map(at -> new DebuggerDescription(at, vms, waits));
  }

  private Optional<String> vm(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isPresent() && !names.contains(name.get())) {
      value.reject(
          "there is no VM '%s', expected %s"
              .formatted(name.get(), Words.hint(name.get(), List.copyOf(names))));
      return Optional.empty();
    }
    return name;
  }

  /** A port alone is a number. */
  private Optional<DebugAddress> address(YamlValue value) {
    Optional<DebugAddress> read =
        value.isNumber()
            ? value.number(0, MOST_PORT).flatMap(port -> DebugAddress.parse(port.toString()))
            : value.parsed(DebugAddress::parse, DebugAddress.EXPECTED);
    Optional<DebugAddress> there = read.map(this::located);
    Optional<String> obstacle = there.flatMap(this::obstacle);
    obstacle.ifPresent(value::reject);
    return obstacle.isPresent() ? Optional.empty() : there;
  }

  private DebugAddress located(DebugAddress address) {
    return address instanceof DebugAddress.OnSocket(Path file)
        ? new DebugAddress.OnSocket(folder.resolve(file).normalize())
        : address;
  }

  private Optional<String> obstacle(DebugAddress address) {
    boolean free = address instanceof DebugAddress.OnPort port && port.socket().getPort() == 0;
    if (!free && !taken.add(address)) {
      return Optional.of("%s is taken already, expected another".formatted(address.text()));
    }
    return address.obstacle();
  }
}
