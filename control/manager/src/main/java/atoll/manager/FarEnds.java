package atoll.manager;

import atoll.console.DevicePort;
import atoll.console.FarPort;
import atoll.device.spi.ConsoleBackend;
import atoll.device.spi.TemperatureSource;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostClaims;
import atoll.host.HostException;
import atoll.host.SerialDevice;
import atoll.line.FarAddress;
import atoll.scenario.SerialSpec;
import atoll.scenario.VmDescription;
import atoll.vmm.BoardEnds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What serial ports and fronts of a system's virtual machines have at their other ends. */
final class FarEnds implements AutoCloseable {
  private final HostProperty property;
  private final FarKeys keys;
  private final Clock clock;
  private final Effects effects;
  private final BiConsumer<String, String> notices;
  private final Map<String, RemotePanel> panels = new HashMap<>();
  private final List<Runnable> closing = new ArrayList<>();

  /**
   * @param clock the host's
   * @param notices told what a person should know, by VM
   */
  FarEnds(
      HostProperty property,
      FarKeys keys,
      Clock clock,
      Effects effects,
      BiConsumer<String, String> notices) {
    this.property = property;
    this.keys = keys;
    this.clock = clock;
    this.effects = effects;
    this.notices = notices;
  }

  /**
   * Takes or reaches what a virtual machine's ends lead to.
   *
   * @throws HostException if a device is not to be had, or a far side cannot be listened for;
   *     {@link atoll.image.RefusedException} if there is no key for it
   */
  BoardEnds plug(VmDescription vm) {
    List<ConsoleBackend> serials = new ArrayList<>();
    vm.serials().forEach(port -> serials.add(serial(vm.name(), port)));
    Optional<RemotePanel> panel = vm.remotePanel().map(far -> panel(vm, far));
    List<TemperatureSource> sensors =
        vm.sensors().stream()
            .map(name -> panel.map(there -> there.sensor(name)).orElse(OptionalInt::empty))
            .toList();
    return new BoardEnds(serials, sensors);
  }

  /** What a board that is only looked at has. */
  static BoardEnds planned(VmDescription vm) {
    ConsoleBackend nobody = new NoConsole();
    return new BoardEnds(
        vm.serials().stream().map(port -> nobody).toList(),
        vm.sensors().stream().map(name -> (TemperatureSource) OptionalInt::empty).toList());
  }

  private ConsoleBackend serial(String vm, SerialSpec port) {
    Consumer<String> told =
        text -> notices.accept(vm, "serial port %s: %s".formatted(port.name(), text));
    if (port.far().isPresent()) {
      FarPort far =
          new FarPort(
              "%s/%s".formatted(vm, port.name()),
              requireKeys(port.far().get()),
              keys,
              effects.tasks(),
              clock,
              told);
      closing.add(far::close);
      return far;
    }
    Path path = port.device().orElseThrow();
    HostClaims.Claim claim = property.take(vm, path);
    Supplier<SerialDevice> opener =
        () -> {
          SerialDevice device = SerialDevice.open(path, port.speed(), claim.left());
          claim.note(device.mode());
          return device;
        };
    DevicePort device =
        new DevicePort(path.toString(), opener, effects.tasks(), text -> notices.accept(vm, text));
    closing.add(device::close);
    return device;
  }

  private RemotePanel panel(VmDescription vm, FarAddress far) {
    RemotePanel made =
        new RemotePanel(
            vm,
            requireKeys(far),
            keys,
            effects.tasks(),
            clock,
            text -> notices.accept(vm.name(), text));
    closing.add(made::close);
    panels.put(vm.name(), made);
    return made;
  }

  private FarAddress requireKeys(FarAddress far) {
    if (far.tls()) {
      keys.require(far.peer());
    }
    return far;
  }

  /** A virtual machine can be operated from now on. */
  void connect(String vm, VmControls controls) {
    Optional.ofNullable(panels.get(vm)).ifPresent(panel -> panel.connect(controls));
  }

  /** An LED of a virtual machine has gone on or off. */
  void led(String vm, String led, boolean lit) {
    Optional.ofNullable(panels.get(vm)).ifPresent(panel -> panel.led(led, lit));
  }

  @Override
  public void close() {
    closing.forEach(Runnable::run);
    property.close();
  }
}
