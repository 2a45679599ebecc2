package atoll.api;

import atoll.device.DmaGrant;
import atoll.device.PeripheralCode;
import atoll.peripheral.PeripheralFactory;
import atoll.peripheral.RegisterAccess;
import atoll.scenario.DeviceSpec;
import atoll.vmm.DeviceProperty;
import atoll.vmm.OwnDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * A device of the program's own, to be put on a VM's board: what makes it, and how the guest finds
 * it. Immutable. What is not said: registers of 4 KiB at a free address, one free interrupt, no
 * access to memory, and nothing that a driver looks for.
 */
public final class Device {
  private final Source code;
  private final OwnDevice shape;
  private final Map<String, String> settings;
  private final DmaGrant dma;
  private final Optional<Consumer<RegisterAccess>> watcher;
  private final Duration patience;

  /** Where its code is. */
  private sealed interface Source {
    /** A class of a jar. */
    record Jar(Path file, String name) implements Source {}

    /** A function of the program. */
    record Function(PeripheralFactory factory) implements Source {}
  }

  private Device(
      Source code,
      OwnDevice shape,
      Map<String, String> settings,
      DmaGrant dma,
      Optional<Consumer<RegisterAccess>> watcher,
      Duration patience) {
    this.code = code;
    this.shape = shape;
    this.settings = settings;
    this.dma = dma;
    this.watcher = watcher;
    this.patience = patience;
  }

  /**
   * A device that a function makes, such as a constructor.
   *
   * @param factory called for each life of the VM
   * @return without a place of its own
   */
  public static Device of(PeripheralFactory factory) {
    return of(new Source.Function(Objects.requireNonNull(factory, "factory")));
  }

  /**
   * A device of a class in a jar, as a scenario has it.
   *
   * @param jar a file, or a folder of classes
   * @param name of the class, with its package
   * @return without a place of its own
   */
  public static Device of(Path jar, String name) {
    return of(new Source.Jar(jar.toAbsolutePath(), name));
  }

  private static Device of(Source code) {
    return new Device(
        code,
        OwnDevice.of("device"),
        Map.of(),
        DmaGrant.NONE,
        Optional.empty(),
        PeripheralCode.USUAL_PATIENCE);
  }

  private Device with(OwnDevice other) {
    return new Device(code, other, settings, dma, watcher, patience);
  }

  private Device granted(DmaGrant other) {
    return new Device(code, shape, settings, other, watcher, patience);
  }

  private Device shaped(
      OptionalLong at, long size, OptionalInt interrupt, int interrupts, List<String> compatible) {
    return Operator.translated(() ->
        with(
            new OwnDevice(
                shape.name(), at, size, interrupt, interrupts, compatible, shape.properties())));
  }

  /**
   * Puts its registers at an address.
   *
   * @param address guest-physical, a multiple of 4
   * @return a device that has it
   * @throws AtollException if nothing can be there
   */
  public Device at(long address) {
    return shaped(
        OptionalLong.of(address),
        shape.size(),
        shape.interrupt(),
        shape.interrupts(),
        shape.compatible());
  }

  /**
   * Says how many bytes of addresses its registers have.
   *
   * @param bytes 4 to 4 MiB, a multiple of 4
   * @return a device that has it
   * @throws AtollException if it cannot be of that size
   */
  public Device size(long bytes) {
    return shaped(shape.at(), bytes, shape.interrupt(), shape.interrupts(), shape.compatible());
  }

  /**
   * Says how many interrupt lines it has.
   *
   * @param count 0 to 8
   * @return a device that has them
   * @throws AtollException if it cannot have as many
   */
  public Device interrupts(int count) {
    return shaped(shape.at(), shape.size(), OptionalInt.empty(), count, shape.compatible());
  }

  /**
   * Wires its interrupt lines to certain sources of the interrupt controller.
   *
   * @param first number of the first one's, 1 to 95; the others follow
   * @return a device that has them
   * @throws AtollException if there are no such sources
   */
  public Device interrupt(int first) {
    return shaped(
        shape.at(), shape.size(), OptionalInt.of(first), shape.interrupts(), shape.compatible());
  }

  /**
   * Says by what a driver finds it in the device tree.
   *
   * @param words such as {@code example,sensor}, the best one first
   * @return a device that has them
   * @throws AtollException if one is no such word
   */
  public Device compatible(String... words) {
    return shaped(shape.at(), shape.size(), shape.interrupt(), shape.interrupts(), List.of(words));
  }

  /**
   * Adds a property of numbers to its node in the device tree.
   *
   * @param name of the property
   * @param cells of 32 bits each
   * @return a device that has it
   * @throws AtollException if there can be no such property
   */
  public Device property(String name, long... cells) {
    return property(
        name,
        Operator.translated(() -> new DeviceProperty.Cells(LongStream.of(cells).boxed().toList())));
  }

  /**
   * Adds a property of text to its node in the device tree.
   *
   * @param name of the property
   * @param texts one or more
   * @return a device that has it
   * @throws AtollException if there can be no such property
   */
  public Device property(String name, String... texts) {
    return property(name, new DeviceProperty.Texts(List.of(texts)));
  }

  /**
   * Adds a property without a value to its node in the device tree.
   *
   * @param name of the property
   * @return a device that has it
   * @throws AtollException if there can be no such property
   */
  public Device flag(String name) {
    return property(name, new DeviceProperty.Flag());
  }

  private Device property(String name, DeviceProperty value) {
    Map<String, DeviceProperty> all = new LinkedHashMap<>(shape.properties());
    all.put(name, value);
    return Operator.translated(() ->
        with(
            new OwnDevice(
                shape.name(),
                shape.at(),
                shape.size(),
                shape.interrupt(),
                shape.interrupts(),
                shape.compatible(),
                all)));
  }

  /**
   * Tells the device something, which it finds among its {@link atoll.peripheral.Settings}.
   *
   * @param name of the setting
   * @param value shown as text
   * @return a device that has it
   */
  public Device setting(String name, Object value) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.put(name, String.valueOf(value));
    return new Device(code, shape, all, dma, watcher, patience);
  }

  /**
   * Lets it access all RAM of its VM.
   *
   * @return a device that may
   */
  public Device dma() {
    return granted(DmaGrant.RAM);
  }

  /**
   * Lets it access a range of its VM's RAM, beside those that were given before.
   *
   * @param address guest-physical, of the first byte
   * @param bytes how many
   * @param writable whether it may change them
   * @return a device that may
   * @throws AtollException if that is no range
   */
  public Device dma(long address, long bytes, boolean writable) {
    List<DmaGrant.Range> ranges = new ArrayList<>(dma.ranges());
    try {
      ranges.add(new DmaGrant.Range(address, bytes, writable));
    } catch (IllegalArgumentException e) {
      throw new AtollException(e.getMessage(), e);
    }
    return granted(new DmaGrant(false, ranges));
  }

  /**
   * Has each access told, after it was served, before the guest goes on.
   *
   * @param told on the thread of the hart; what it throws ends the VM's life
   * @return a device that is watched
   */
  public Device watched(Consumer<RegisterAccess> told) {
    return new Device(code, shape, settings, dma, Optional.of(told), patience);
  }

  /**
   * Says how long a call of its code may take: one that has not returned then is given up, and ends
   * the VM's life. A test that holds its device, or whose device a debugger looks at, needs more
   * than the 5 seconds that it has otherwise.
   *
   * @param most 100 ms to 1 hour
   * @return a device that may take as long
   * @throws AtollException if it is shorter or longer
   */
  public Device patience(Duration most) {
    if (most.compareTo(DeviceSpec.LEAST_PATIENCE) < 0
        || most.compareTo(DeviceSpec.MOST_PATIENCE) > 0) {
      throw new AtollException(
          "a patience of %s cannot be, expected 100 ms to 1 h".formatted(most));
    }
    return new Device(code, shape, settings, dma, watcher, most);
  }

  /** The same by another name. */
  Device named(String name) {
    return with(
        new OwnDevice(
            name,
            shape.at(),
            shape.size(),
            shape.interrupt(),
            shape.interrupts(),
            shape.compatible(),
            shape.properties()));
  }

  /** Its name on a board. */
  String name() {
    return shape.name();
  }

  /**
   * As a scenario has it.
   *
   * @param function the name that its functions get in {@code operator}
   */
  DeviceSpec describe(Operator operator, String function) {
    DeviceSpec.Code where =
        switch (code) {
          case Source.Jar(Path file, String name) -> new DeviceSpec.Code.InJar(file, name);
          case Source.Function(PeripheralFactory factory) -> {
            operator.functions().put(function, factory);
            yield new DeviceSpec.Code.InProgram(function);
          }
        };
    watcher.ifPresent(told -> operator.functions().watch(function, told));
    return new DeviceSpec(shape, where, settings, dma, watcher.map(told -> function), patience);
  }
}
