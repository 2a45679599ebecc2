package atoll.testkit;

import atoll.engine.Paging;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.MirrorChoice;
import atoll.image.Progress;
import atoll.manager.Manager;
import atoll.manager.RunningMachine;
import atoll.manager.VmAction;
import atoll.manager.Wiring;
import atoll.scenario.Guest;
import atoll.scenario.MachineSpec;
import atoll.scenario.MachineSpec.DiskSpec;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A machine as {@code atoll run} makes it, with consoles that a test can script. */
public final class ManagedMachine implements AutoCloseable {
  private static final Manager MANAGER = new Manager(Clock.host(), Effects.host(), System::getenv);

  private final ScriptedConsole serial = new ScriptedConsole();
  private final ScriptedConsole virtio = new ScriptedConsole();
  private final RunningMachine machine;

  private ManagedMachine(MachineSpec spec, boolean virtioConsole) {
    Wiring wiring = new Wiring(serial, virtioConsole ? Optional.of(virtio) : Optional.empty());
    machine = MANAGER.perform(new VmAction.Create(spec, wiring, notice -> {}, Progress.SILENT));
    machine.start();
  }

  /** Starts a machine. */
  public static ManagedMachine start(MachineSpec spec, boolean virtioConsole) {
    return new ManagedMachine(spec, virtioConsole);
  }

  /** The device tree that {@code atoll run --dump-dtb} would write. */
  public static byte[] deviceTree(MachineSpec spec, boolean virtioConsole) {
    return MANAGER.perform(new VmAction.DescribeTree(spec, virtioConsole, Progress.SILENT));
  }

  /** A machine with 256 MiB; a reset ends it. */
  public static MachineSpec spec(Guest guest, String engine, int cpus, List<DiskSpec> disks) {
    MachineSpec.Reports none = new MachineSpec.Reports(Optional.empty(), Optional.empty(), false);
    return new MachineSpec(
        guest,
        256L << 20,
        cpus,
        engine,
        "auto",
        Paging.SV57,
        VmConfig.OnTrapLoop.END,
        disks,
        Map.of(),
        false,
        none);
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
  public Outcome end(Duration limit) throws InterruptedException {
    return machine
        .awaitEnd(limit)
        .orElseThrow(() ->
            new AssertionError(
                "still running after %s:%n%s%n%s".formatted(limit, serial.text(), virtio.text())));
  }

  @Override
  public void close() {
    machine.close();
  }
}
