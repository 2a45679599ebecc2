package atoll.scenario;

import atoll.device.DmaGrant;
import atoll.device.PeripheralCode;
import atoll.image.ByteSize;
import atoll.vmm.DeviceProperty;
import atoll.vmm.OwnDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads the devices of a user's own that a virtual machine has. */
final class DeviceReader {
  private static final Pattern SETTING = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,62}");
  private static final Pattern CLASS =
      Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]*(\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*");

  /** Numbers with {@code 0x} or underscores, which are words to YAML as it is read here. */
  private static final Pattern NUMBER =
      Pattern.compile("0[xX][0-9A-Fa-f_]{1,20}|[0-9][0-9_]{0,20}");

  private final FileReader files;

  DeviceReader(FileReader files) {
    this.files = files;
  }

  Optional<List<DeviceSpec>> read(YamlValue value) {
    List<DeviceSpec> devices = new ArrayList<>();
    value
        .named(OwnDevice.NAME, VmReader.NAMES, "of devices by name")
        .orElse(Map.of())
        .forEach((name, device) -> device(name, device).ifPresent(devices::add));
    return Optional.of(devices);
  }

  /** Nothing if anything about it is wrong, which has been reported. */
  private Optional<DeviceSpec> device(String name, YamlValue value) {
    int before = value.problems().count();
    return value
        .fields(
            "class",
            "jar",
            "at",
            "size",
            "interrupt",
            "interrupts",
            "compatible",
            "device-tree",
            "dma",
            "settings",
            "patience")
        .flatMap(fields -> device(name, fields, before));
  }

  private Optional<DeviceSpec> device(String name, YamlFields fields, int before) {
    Optional<String> code =
        fields
            .require("class", "com.example.Sensor")
            .flatMap(v -> v.text(CLASS, "the name of a class, such as com.example.Sensor"));
    Optional<Path> jar = fields.require("jar", "sensor.jar").flatMap(files::readClasses);
    OptionalLong at = long64(fields.get("at").flatMap(v -> address(v, 4)));
    long size = fields.get("size", DeviceReader::size, OwnDevice.USUAL_SIZE);
    int interrupts = fields.get("interrupts", v -> v.number(0, OwnDevice.MOST_INTERRUPTS), 1);
    OptionalInt interrupt = interrupt(fields, interrupts);
    List<String> compatible = fields.get("compatible", DeviceReader::compatible, List.of());
    var properties = fields.get("device-tree", DeviceReader::properties, Map.of());
    DmaGrant dma = fields.get("dma", DeviceReader::dma, DmaGrant.NONE);
    Map<String, String> settings = fields.get("settings", DeviceReader::settings, Map.of());
    Duration patience =
        fields.get("patience", DeviceReader::patience, PeripheralCode.USUAL_PATIENCE);
    if (fields.owner().problems().count() > before || !OwnDevice.NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    OwnDevice device = new OwnDevice(name, at, size, interrupt, interrupts, compatible, properties);
    return Optional.of(
        new DeviceSpec(
            device,
            new DeviceSpec.Code.InJar(jar.orElseThrow(), code.orElseThrow()),
            settings,
            dma,
            Optional.empty(),
            patience));
  }

  private static Optional<Duration> patience(YamlValue value) {
    return value
        .time()
        .filter(time -> {
          boolean right =
              time.compareTo(DeviceSpec.LEAST_PATIENCE) >= 0
                  && time.compareTo(DeviceSpec.MOST_PATIENCE) <= 0;
          if (!right) {
            value.reject("%s cannot be, expected 100ms to 1h".formatted(TimeAmount.inWords(time)));
          }
          return right;
        });
  }

  private static OptionalInt interrupt(YamlFields fields, int count) {
    if (count == 0) {
      fields.refuse("interrupt", "the device has no interrupts; leave one of the two out");
      return OptionalInt.empty();
    }
    return fields
        .get("interrupt")
        .flatMap(v -> v.number(1, OwnDevice.LAST_INTERRUPT + 1 - count))
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  private static OptionalLong long64(Optional<Long> number) {
    return number.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  /** A guest-physical address, decimal or hexadecimal. */
  private static Optional<Long> address(YamlValue value, int step) {
    String expected = "an address such as 0x1200_0000, a multiple of " + step;
    Optional<Long> address = number(value, expected);
    if (address.isPresent()
        && (address.get() < 0 || address.get() >= 1L << 52 || address.get() % step != 0)) {
      value.reject("0x%x cannot be, expected %s".formatted(address.get(), expected));
      return Optional.empty();
    }
    return address;
  }

  /** A number, decimal or hexadecimal. */
  static Optional<Long> number(YamlValue value, String expected) {
    return value.isNumber()
        ? value.number(Long.MIN_VALUE, Long.MAX_VALUE)
        : value.parsed(DeviceReader::number, expected);
  }

  private static Optional<Long> number(String text) {
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    String digits = (hexadecimal ? text.substring(2) : text).replace("_", "");
    String significant = digits.replaceFirst("^0+(?=.)", "");
    return !NUMBER.matcher(text).matches() || digits.isEmpty() || significant.length() > 15
        ? Optional.empty()
        : Optional.of(Long.parseLong(significant, hexadecimal ? 16 : 10));
  }

  /** Bytes: with a unit, or a number. */
  private static Optional<Long> size(YamlValue value) {
    String expected =
        "4 to %d bytes, a multiple of 4, such as 0x100 or 64K".formatted(OwnDevice.MOST_SIZE);
    Optional<Long> size =
        value.isNumber()
            ? value.number(Long.MIN_VALUE, Long.MAX_VALUE)
            : value.parsed(
                text -> number(text).or(() -> ByteSize.parse(text).stream().boxed().findFirst()),
                expected);
    return size.filter(bytes -> {
      boolean right = bytes >= 4 && bytes <= OwnDevice.MOST_SIZE && bytes % 4 == 0;
      if (!right) {
        value.reject("%d bytes cannot be, expected %s".formatted(bytes, expected));
      }
      return right;
    });
  }

  private static Optional<List<String>> compatible(YamlValue value) {
    List<YamlValue> words = value.isList() ? value.items().orElseThrow() : List.of(value);
    List<String> read = new ArrayList<>();
    words.forEach(word ->
        word.text(OwnDevice.COMPATIBLE, "what a driver looks for, such as example,sensor")
            .ifPresent(read::add));
    return Optional.of(read);
  }

  private static Optional<Map<String, DeviceProperty>> properties(YamlValue value) {
    Map<String, DeviceProperty> read = new LinkedHashMap<>();
    value
        .named(OwnDevice.PROPERTY, "up to 31 letters, digits and , . _ + ? # -")
        .orElse(Map.of())
        .forEach((name, property) -> property(name, property).ifPresent(p -> read.put(name, p)));
    return Optional.of(read);
  }

  private static Optional<DeviceProperty> property(String name, YamlValue value) {
    if (OwnDevice.GIVEN.contains(name)) {
      value.reject("%s follows from the other keys; leave it out".formatted(name));
      return Optional.empty();
    }
    if (value.isFlag()) {
      return value
          .flag()
          .filter(there -> {
            if (!there) {
              value.reject("a property that is not there is left out, expected true or a value");
            }
            return there;
          })
          .map(there -> new DeviceProperty.Flag());
    }
    List<YamlValue> parts = value.isList() ? value.items().orElseThrow() : List.of(value);
    boolean numbers = parts.stream().allMatch(DeviceReader::isNumber);
    return numbers ? cells(parts) : texts(parts);
  }

  private static boolean isNumber(YamlValue value) {
    return value.isNumber() || value.isPlain(NUMBER);
  }

  private static Optional<DeviceProperty> cells(List<YamlValue> parts) {
    List<Long> numbers = new ArrayList<>();
    for (YamlValue part : parts) {
      String expected = "a number of 32 bits; give the halves of a larger one as a list";
      Optional<Long> number = number(part, expected);
      if (number.isPresent()
          && (number.get() < DeviceProperty.Cells.LEAST
              || number.get() > DeviceProperty.Cells.MOST)) {
        part.reject("%d has no room in a cell, expected %s".formatted(number.get(), expected));
        number = Optional.empty();
      }
      number.ifPresent(numbers::add);
    }
    return numbers.size() < parts.size()
        ? Optional.empty()
        : Optional.of(new DeviceProperty.Cells(numbers));
  }

  private static Optional<DeviceProperty> texts(List<YamlValue> parts) {
    List<String> texts = new ArrayList<>();
    parts.forEach(part -> part.text().ifPresent(texts::add));
    return texts.size() < parts.size()
        ? Optional.empty()
        : Optional.of(new DeviceProperty.Texts(texts));
  }

  /** {@code ram}, or a list of ranges. */
  private static Optional<DmaGrant> dma(YamlValue value) {
    if (!value.isList()) {
      return value.word(List.of("ram")).map(word -> DmaGrant.RAM);
    }
    List<DmaGrant.Range> ranges = new ArrayList<>();
    value.items().orElseThrow().forEach(item -> range(item).ifPresent(ranges::add));
    return Optional.of(new DmaGrant(false, ranges));
  }

  private static Optional<DmaGrant.Range> range(YamlValue value) {
    return value
        .fields("at", "size", "read-only")
        .flatMap(fields -> {
          Optional<Long> at = fields.require("at", "0x8800_0000").flatMap(v -> address(v, 1));
          Optional<Long> size = fields.require("size", "64K").flatMap(v -> v.size(1));
          boolean readOnly = fields.get("read-only", YamlValue::flag, false);
          return at.flatMap(from -> size.map(bytes -> new DmaGrant.Range(from, bytes, !readOnly)));
        });
  }

  private static Optional<Map<String, String>> settings(YamlValue value) {
    Map<String, String> read = new TreeMap<>();
    value
        .named(SETTING, "up to 63 letters, digits and . _ -, a letter first")
        .orElse(Map.of())
        .forEach((name, setting) -> setting.asWritten().ifPresent(text -> read.put(name, text)));
    return Optional.of(read);
  }
}
