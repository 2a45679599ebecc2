package atoll.scenario;

import atoll.image.Words;
import atoll.scenario.ChannelDescription.Endpoint;
import atoll.virtio.Service;
import atoll.vmm.ChannelDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what a virtual machine serves others: its {@code serves}. */
final class ServiceReader {
  private static final int MOST_UNIT = 31;
  private static final int SECTOR = 512;

  private ServiceReader() {}

  /** A channel for each device that {@code server} serves. */
  static Optional<List<ChannelDescription>> read(String server, YamlValue value) {
    Map<String, YamlValue> named =
        value.named(ChannelDescription.NAME, ChannelReader.NAMES).orElse(Map.of());
    List<ChannelDescription> all = new ArrayList<>();
    named.forEach((name, service) -> one(server, name, service).ifPresent(all::add));
    return Optional.of(all);
  }

  private static Optional<ChannelDescription> one(String server, String name, YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> read = value.fields("to", "device", "unit", "offset", "size", "read-only");
    if (read.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = read.get();
    Optional<String> client = fields.require("to", "linux").flatMap(YamlValue::text);
    client
        .filter(server::equals)
        .ifPresent(
            same -> fields.refuse("to", "%s cannot serve itself; name another VM".formatted(same)));
    Service.Kind kind =
        fields.get("device", v -> v.constant(Service.Kind.class), Service.Kind.BLOCK);
    int unit = fields.get("unit", v -> v.number(0, MOST_UNIT), 0);
    long offset = fields.get("offset", v -> sectors(v, 0), 0L);
    long size = fields.get("size", v -> sectors(v, SECTOR), 0L);
    boolean readOnly = fields.get("read-only", YamlValue::flag, false);
    if (kind != Service.Kind.BLOCK) {
      for (String key : List.of("offset", "size", "read-only")) {
        fields.refuse(key, "only a disk has it, not a device: %s".formatted(Words.of(kind)));
      }
    }
    if (value.problems().count() > before || !ChannelDescription.NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    Service service = new Service(kind, readOnly, unit, offset, size);
    return Optional.of(
        new ChannelDescription(
            name,
            Service.MEMORY,
            List.of(
                new Endpoint(server, true),
                new Endpoint(client.orElseThrow(), true, new ChannelDevice.Served(service)))));
  }

  /** Bytes in whole sectors. */
  private static Optional<Long> sectors(YamlValue value, long least) {
    Optional<Long> bytes = value.size(least);
    bytes
        .filter(size -> size % SECTOR != 0)
        .ifPresent(size ->
            value.reject(
                "%d bytes are no whole sectors, expected a multiple of %d"
                    .formatted(size, SECTOR)));
    return bytes;
  }
}
