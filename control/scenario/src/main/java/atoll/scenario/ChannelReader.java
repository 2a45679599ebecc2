package atoll.scenario;

import atoll.scenario.ChannelDescription.Endpoint;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelDevice.Chip;
import atoll.vmm.ChannelDevice.Ivshmem;
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
  private static final String I2C = "i2c";
  private static final String CHANNEL = "channel";
  private static final String DOORBELL = "ivshmem-doorbell";
  private static final String PLAIN = "ivshmem-plain";
  private static final String CHIP = "manufacturer and type, such as ti,tmp102";

  private final YamlFields fields;
  private final boolean ivshmem;
  private final ChannelDevice device;

  private ChannelReader(YamlFields fields) {
    this.fields = fields;
    String kind =
        fields
            .get("device")
            .flatMap(value -> value.word(List.of(CHANNEL, DOORBELL, PLAIN)))
            .orElse(CHANNEL);
    ivshmem = !kind.equals(CHANNEL);
    device = device(kind);
  }

  static Optional<ChannelDescription> read(String name, YamlValue value) {
    int before = value.problems().count();
    Optional<YamlFields> read = value.fields("size", "between", "device", "vectors", "chips");
    if (read.isEmpty()) {
      return Optional.empty();
    }
    ChannelReader reader = new ChannelReader(read.get());
    Optional<Long> size = reader.size();
    List<Endpoint> ends =
        read.get()
            .require("between", "{cluster: read-write, infotainment: read-only}")
            .map(reader::ends)
            .orElse(List.of());
    return value.problems().count() > before || !ChannelDescription.NAME.matcher(name).matches()
        ? Optional.empty()
        : Optional.of(new ChannelDescription(name, size.orElseThrow(), ends));
  }

  private Optional<Long> size() {
    Optional<YamlValue> value = fields.require("size", "4K");
    Optional<Long> size = value.flatMap(YamlValue::memory);
    if (ivshmem && size.isPresent() && Long.bitCount(size.get()) != 1) {
      value
          .get()
          .reject("%d bytes do not go with ivshmem, expected a power of two".formatted(size.get()));
    }
    return size;
  }

  private ChannelDevice device(String kind) {
    Optional<YamlValue> vectors = fields.get("vectors");
    if (!kind.equals(DOORBELL)) {
      vectors.ifPresent(
          value -> value.reject("there are vectors with device: %s only".formatted(DOORBELL)));
      return kind.equals(PLAIN) ? new Ivshmem(0) : ChannelDevice.ENDPOINT;
    }
    return new Ivshmem(vectors.flatMap(value -> value.number(1, Ivshmem.MOST_VECTORS)).orElse(1));
  }

  private List<Endpoint> ends(YamlValue value) {
    String expected = ivshmem ? "the names of two VMs or more" : "the names of two VMs";
    Map<String, YamlValue> named = value.named(VmDescription.NAME, expected).orElse(Map.of());
    List<Endpoint> ends = new ArrayList<>();
    named.forEach((vm, right) -> end(vm, right).ifPresent(ends::add));
    if (value.isMapping()) {
      requireNumber(value, named.size());
      requireServer(value, ends);
    }
    return ends;
  }

  private void requireNumber(YamlValue value, int found) {
    if (ivshmem && (found < 2 || found > ChannelDevice.MOST_PEERS)) {
      value.reject("found %d, expected two to %d VMs".formatted(found, ChannelDevice.MOST_PEERS));
    } else if (!ivshmem && found != 2) {
      value.reject("found %d, expected two VMs".formatted(found));
    }
  }

  /** A bus has a controller at one end, and at the other who the chips are. */
  private void requireServer(YamlValue value, List<Endpoint> ends) {
    long buses = ends.stream().filter(end -> end.device() instanceof ChannelDevice.I2c).count();
    if (buses == 2) {
      value.reject("found i2c at both ends, expected one that serves the bus, with read-write");
    } else if (buses == 0) {
      fields
          .get("chips")
          .ifPresent(chips -> chips.reject("there are chips only where an end is i2c"));
    }
  }

  private Optional<Endpoint> end(String vm, YamlValue right) {
    List<String> words =
        ivshmem ? List.of(READ_WRITE, READ_ONLY) : List.of(READ_WRITE, READ_ONLY, I2C);
    return right
        .word(words)
        .map(word ->
            word.equals(I2C)
                ? new Endpoint(vm, false, new ChannelDevice.I2c(chips()))
                : new Endpoint(vm, word.equals(READ_WRITE), device));
  }

  private List<Chip> chips() {
    List<Chip> chips = new ArrayList<>();
    fields
        .get("chips")
        .flatMap(YamlValue::items)
        .orElse(List.of())
        .forEach(item -> chip(item, chips));
    return chips;
  }

  private static Optional<Integer> address(YamlValue value) {
    String expected = "an address of a chip, 0x08 to 0x77";
    Optional<Long> address = DeviceReader.number(value, expected);
    if (address.isPresent() && (address.get() < Chip.FIRST || address.get() > Chip.LAST)) {
      value.reject("0x%x is out of range, expected %s".formatted(address.get(), expected));
      return Optional.empty();
    }
    return address.map(Math::toIntExact);
  }

  private static void chip(YamlValue item, List<Chip> before) {
    Optional<YamlFields> read = item.fields("at", "compatible");
    if (read.isEmpty()) {
      return;
    }
    Optional<YamlValue> place = read.get().require("at", "0x48");
    Optional<Integer> at = place.flatMap(ChannelReader::address);
    Optional<String> what =
        read.get()
            .require("compatible", "ti,tmp102")
            .flatMap(
                value -> value.parsed(text -> Optional.of(text).filter(Chip::isCompatible), CHIP));
    if (at.isPresent() && before.stream().anyMatch(chip -> chip.address() == at.get())) {
      place.get().reject("a chip before has this address, expected another");
    } else if (at.isPresent() && what.isPresent()) {
      before.add(new Chip(at.get(), what.get()));
    }
  }
}
