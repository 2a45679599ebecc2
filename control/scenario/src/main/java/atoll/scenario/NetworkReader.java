package atoll.scenario;

import atoll.image.ByteSize;
import atoll.line.FarAddress;
import atoll.net.MacAddress;
import atoll.net.NetworkSettings;
import atoll.net.NicSettings;
import atoll.net.PortForward;
import atoll.net.TapSettings;
import atoll.scenario.NetworkDescription.Uplink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads a scenario's {@code networks}, and what of a VM is plugged into them. */
final class NetworkReader {
  private final FileReader files;

  NetworkReader(FileReader files) {
    this.files = files;
  }

  static Optional<NetworkDescription> read(String name, YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> fields = value.fields("uplink", "interface", "at", "mtu", "mac-filter");
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    Uplink uplink = fields.get().get("uplink", v -> v.constant(Uplink.class), Uplink.NONE);
    Optional<String> hostInterface =
        fields
            .get()
            .get("interface")
            .flatMap(v -> v.parsed(NetworkReader::hostInterface, TapSettings.NAMES));
    if (uplink != Uplink.TAP) {
      fields.get().refuse("interface", "only an uplink of the kind tap goes by one");
    }
    Optional<FarAddress> far = far(fields.get(), uplink);
    int mtu =
        fields
            .get()
            .get(
                "mtu",
                v -> v.number(NetworkSettings.LEAST_MTU, NetworkSettings.MOST_MTU),
                NetworkSettings.USUAL_MTU);
    boolean filter = fields.get().get("mac-filter", YamlValue::flag, true);
    return value.problems().count() > before || !NetworkDescription.NAME.matcher(name).matches()
        ? Optional.empty()
        : Optional.of(new NetworkDescription(name, uplink, hostInterface, far, mtu, filter));
  }

  private static Optional<FarAddress> far(YamlFields fields, Uplink uplink) {
    if (uplink == Uplink.REMOTE) {
      return fields.require("at", "tls://bench.example:7000").flatMap(FarReader::address);
    }
    fields.refuse("at", "only an uplink of the kind remote leads to a far side");
    return Optional.empty();
  }

  private static Optional<String> hostInterface(String text) {
    return TapSettings.isName(text) ? Optional.of(text) : Optional.empty();
  }

  /** A VM's interfaces. */
  Optional<List<NicDescription>> nics(YamlValue value) {
    List<NicDescription> nics = new ArrayList<>();
    value.items().orElse(List.of()).forEach(item -> nic(item).ifPresent(nics::add));
    return Optional.of(nics);
  }

  private Optional<NicDescription> nic(YamlValue value) {
    if (!value.isMapping()) {
      return value.text().map(NicDescription::to);
    }
    YamlFields fields = value.fields("network", "mac", "rate", "capture", "forward").orElseThrow();
    Optional<MacAddress> mac =
        fields.get("mac").flatMap(v -> v.parsed(MacAddress::parse, MacAddress.EXPECTED));
    Optional<Long> rate = fields.get("rate").flatMap(NetworkReader::rate);
    Optional<Path> capture = fields.get("capture").flatMap(files::placeLog);
    List<PortForward> forwards = fields.get("forward", NetworkReader::forwards, List.of());
    return fields
        .require("network", "lan")
        .flatMap(YamlValue::text)
        .map(network ->
            new NicDescription(
                network,
                mac,
                rate.map(OptionalLong::of).orElse(OptionalLong.empty()),
                capture,
                forwards));
  }

  /** Bytes a second. */
  private static Optional<Long> rate(YamlValue value) {
    return value.parsed(
        text ->
            ByteSize.parse(text).stream()
                .filter(bytes -> bytes >= NicSettings.LEAST_RATE)
                .boxed()
                .findFirst(),
        "bytes a second with a unit, such as 10M, and at least "
            + ByteSize.format(NicSettings.LEAST_RATE));
  }

  private static Optional<List<PortForward>> forwards(YamlValue value) {
    List<PortForward> all = new ArrayList<>();
    value
        .items()
        .orElse(List.of())
        .forEach(item -> item.parsed(PortForward::parse, PortForward.EXPECTED).ifPresent(all::add));
    return Optional.of(all);
  }
}
