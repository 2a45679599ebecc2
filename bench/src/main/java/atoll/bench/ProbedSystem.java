package atoll.bench;

import atoll.device.spi.BlockBackend;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PlatformStatistics;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A board of two physical CPUs with the guest {@code latency} on the first, and, once it is asked
 * for, Debian's Linux on either.
 */
final class ProbedSystem implements AutoCloseable {
  /** The probe's name. */
  static final String PROBE = "probe";

  /** Linux's name. */
  static final String LINUX = "linux";

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long MIB = 1 << 20;
  private static final int PROBE_PRIORITY = 200;
  private static final int LINUX_PRIORITY = 100;

  private final Engine engine;
  private final Microkernel board;
  private final WindowTrace trace = new WindowTrace(Scheduler.FRAME, Scheduler.WINDOWS);
  private final TestVm probe;
  private Optional<BlockBackend> disk = Optional.empty();
  private Optional<TestVm> linux = Optional.empty();

  /**
   * What was seen in a span of time.
   *
   * @param probeShare of its physical CPU's time, 0 to 1
   * @param linuxShare the same; 0 without Linux
   */
  record Sample(WakeUps wakeUps, double probeShare, double linuxShare) {}

  /** Starts the probe, with a period of 1 ms. */
  ProbedSystem(Engine engine, Scheduler scheduler) throws InterruptedException {
    this.engine = engine;
    board = new Microkernel(Clock.host(), 2, scheduler::policy, new MachineMemory(512 * MIB));
    if (scheduler == Scheduler.CYCLIC) {
      board.trace(trace);
    }
    Boot boot = TestVm.supervisor("latency", "period=1000 loops=0");
    probe = TestVm.start(config(PROBE, boot, 16, 0, PROBE_PRIORITY), board);
    probe.console().await("until q is pressed", LIMIT);
  }

  private VmConfig.Builder config(String name, Boot boot, int mib, int pcpu, int priority) {
    return VmConfig.builder(engine, boot)
        .name(name)
        .memory(mib * MIB)
        .placements(List.of(new Placement(pcpu, Reservation.priority(priority))));
  }

  /**
   * Boots Linux and waits until it has nothing to do.
   *
   * @param image the disk that the load needs
   */
  void addLinux(LinuxGuest guest, Place place, Load load, Optional<Path> image)
      throws IOException, InterruptedException {
    String commands = load.preparation + "echo AT REST\nread -r word\n" + load.commands;
    disk = image.map(path -> RawDisk.open(path, true));
    VmConfig.Builder config =
        config(LINUX, guest.boot(commands), 256, place.pcpu, LINUX_PRIORITY)
            .disks(disk.stream().toList());
    TestVm started = TestVm.start(config, board);
    linux = Optional.of(started);
    started.console().await("AT REST", LIMIT);
  }

  /** Lets the load begin in a Linux at rest. */
  void loadLinux(Load load) throws InterruptedException {
    TestVm started = linux.orElseThrow();
    started.console().type("go\n");
    started.console().await(load.begun, LIMIT);
  }

  /** Watches for some time. */
  Sample watch(Duration span) throws InterruptedException {
    probe.console().type("r");
    PlatformStatistics before = board.statistics();
    Thread.sleep(span);
    PlatformStatistics after = board.statistics();
    probe.console().type("h");
    WakeUps wakeUps = WakeUps.read(probe.console().await("end of histogram", LIMIT));
    return new Sample(wakeUps, share(PROBE, before, after), share(LINUX, before, after));
  }

  private static double share(String vm, PlatformStatistics before, PlatformStatistics after) {
    return after.share(vm + "/cpu0", before);
  }

  /** Begins a new trace of dispatches. */
  void traceAnew() {
    trace.begin();
  }

  /** What all dispatches traced have shown; under the cyclic scheduler only. */
  WindowTrace.Findings windows() {
    return trace.findings();
  }

  @Override
  public void close() throws IOException {
    linux.ifPresent(TestVm::close);
    probe.close();
    board.close();
    if (disk.isPresent()) {
      disk.get().close();
    }
  }
}
