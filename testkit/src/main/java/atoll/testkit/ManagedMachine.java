package atoll.testkit;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.MirrorChoice;
import atoll.manager.BoardAction;
import atoll.manager.Manager;
import atoll.manager.PlanAction;
import atoll.manager.PluggedConsoles;
import atoll.manager.Screenshot;
import atoll.manager.SystemAction;
import atoll.manager.SystemEnd;
import atoll.manager.Wiring;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A machine as {@code atoll run} makes it, with consoles that a test can script. */
public final class ManagedMachine implements AutoCloseable {
  private static final String NAME = "vm";

  private final Manager manager = new Manager(Clock.host(), Effects.host(), System::getenv);
  private final ScriptedConsole serial = new ScriptedConsole();
  private final ScriptedConsole virtio = new ScriptedConsole();

  private ManagedMachine(VmDescription vm) {
    Wiring wiring = new Wiring(serial, Optional.of(virtio));
    manager.perform(
        new SystemAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of()),
        new PluggedConsoles(manager, Map.of(NAME, wiring)));
    manager.perform(new SystemAction.StartSystem());
  }

  /** Starts a machine. */
  public static ManagedMachine start(VmDescription vm) {
    return new ManagedMachine(vm);
  }

  /** The device tree that {@code atoll run --dump-dtb} would write. */
  public static byte[] deviceTree(VmDescription vm) {
    return new Manager(Clock.host(), Effects.host(), System::getenv)
        .perform(new PlanAction.DescribeTree(vm));
  }

  /** A machine with 256 MiB and a serial console; a reset ends it. */
  public static VmDescription.Builder vm(
      Guest guest, String engine, int cpus, List<DiskSpec> disks) {
    return VmDescription.builder(NAME, guest)
        .memory(256L << 20)
        .vcpus(cpus)
        .engine(engine)
        .disks(disks)
        .console(ConsoleKind.SERIAL);
  }

  /** Stock Linux, whose shell neither echoes nor edits lines. */
  public static Guest.Linux linux(String words, Optional<Path> deviceTree) {
    Guest.Images images =
        new Guest.Images(Optional.empty(), Optional.empty(), Optional.empty(), deviceTree, words);
    return new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, images);
  }

  /** On the UART. */
  public ScriptedConsole serial() {
    return serial;
  }

  /** On the virtio console, if there is one. */
  public ScriptedConsole virtio() {
    return virtio;
  }

  /**
   * How it ended.
   *
   * @throws AssertionError if it still runs after {@code limit}
   */
  public Outcome end(Duration limit) {
    if (!manager.perform(new SystemAction.AwaitSystem(limit))) {
      throw new AssertionError(
          "still running after %s:%n%s%n%s".formatted(limit, serial.text(), virtio.text()));
    }
    return manager.perform(new SystemAction.DescribeSystem()).vms().getFirst().last().orElseThrow();
  }

  /** What its display shows. */
  public Screenshot screenshot() {
    return manager.perform(new BoardAction.TakeScreenshot(NAME));
  }

  @Override
  public void close() {
    SystemEnd ignored = manager.perform(new SystemAction.CloseSystem());
  }
}
