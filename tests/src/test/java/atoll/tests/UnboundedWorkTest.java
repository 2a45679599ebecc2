package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.ExitBudget;
import atoll.device.FwCfgFile;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.NetFrame;
import atoll.device.spi.NetPort;
import atoll.device.spi.ShareBackend;
import atoll.display.Screen;
import atoll.display.ScreenSize;
import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.net.MacAddress;
import atoll.net.Network;
import atoll.net.NetworkPort;
import atoll.net.NetworkSettings;
import atoll.net.NicSettings;
import atoll.net.VsockHub;
import atoll.net.VsockSettings;
import atoll.share.SharedFolder;
import atoll.testkit.LatencyProbe;
import atoll.testkit.SilentConsole;
import atoll.testkit.TestVm;
import atoll.testkit.VirtualTime;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code guests/glutton} asks each interface for the largest work that it allows, and a machine of
 * higher priority on the same physical CPU does its own as without it. What a step of the work does
 * is counted in units, so that the host's speed does not matter; how late somebody else is by the
 * clock, {@code bench/bounds} measures.
 */
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#all")
@Timeout(value = 8, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnboundedWorkTest {
  private static final int SAMPLES = 60;
  private static final int PERIOD_MICROS = 2_000;

  @Parameter Engine engine;

  @TempDir Path folder;

  private NetworkPort plugged;
  private NetworkPort talking;

  private final VirtualTime time = new VirtualTime();

  /** As large as any request, and as fast as memory. */
  private static final class FastDisk implements BlockBackend {
    @Override
    public long size() {
      return 8L << 30;
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public void read(long offset, MemorySegment into) {
      into.fill((byte) 0);
    }

    @Override
    public void write(long offset, MemorySegment from) {}

    @Override
    public void flush() {}

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {}

    @Override
    public String serial() {
      return "fast";
    }

    @Override
    public void close() {}
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "console",
        "console-bytes",
        "entropy",
        "inflate",
        "deflate",
        "statistics",
        "reporting",
        "firmware",
        "net-commands",
        "pictures",
        "read-and-reset",
        "write-and-reset",
        "read-and-take-away",
        "folder-and-reset"
      })
  void largestRequestsToADeviceAreServedInStepsThatDelayNobody(String attack) throws Exception {
    expectBounded(attack, MmuKind.FOLDED, true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "console-input",
        "emergency",
        "entropy-bytes",
        "net-send",
        "net-receive",
        "streams",
        "uart",
        "uart-loop",
        "interrupts",
        "alarms",
        "debug-console",
        "counters",
        "fences",
        "calls"
      })
  void largestRequestsThatAreServedAtOnceDelayNobody(String attack) throws Exception {
    expectBounded(attack, MmuKind.FOLDED, false);
  }

  /** The tables are the guest's own, and in all but one technique the hypervisor follows them. */
  @ParameterizedTest
  @CsvSource({
    "shadows, FOLDED",
    "shadows, VTLB",
    "shadows, SHADOW",
    "shadows, NESTED",
    "tables, DIRECT"
  })
  void largestPageTablesAreFollowedWithoutDelayForAnybody(String attack, MmuKind mmu)
      throws Exception {
    expectBounded(attack, mmu, false);
  }

  private void expectBounded(String attack, MmuKind mmu, boolean steps) throws Exception {
    try (Microkernel board = board();
        SharedFolder share = SharedFolder.open(folder, "folder", false, text -> {});
        Network network = network(board);
        VsockHub hub = new VsockHub(board.clock(), Effects.host().tasks(), this::fail);
        TestVm glutton = glutton(board, network, hub, attack, mmu, share)) {
      glutton.console().await("glutton: " + attack, LIMIT);
      if (attack.equals("net-receive")) {
        talking.attach(new Talker());
      }
      long before = work(glutton);
      assertThat(lateness(board, glutton)).hasSize(SAMPLES).containsOnly(0);
      assertThat(glutton.machine().awaitEnd(Duration.ZERO)).isEmpty();
      assertThat(work(glutton)).isGreaterThan(before);
      var work = glutton.machine().workSteps();
      assertThat(work.longest()).isLessThan(2 * ExitBudget.UNITS);
      if (steps) {
        assertThat(work.steps()).isPositive();
      }
      glutton.machine().pause(); // Whatever it has asked for, the operator is answered.
      glutton.machine().resume();
      glutton.machine().stop();
      assertThat(glutton.machine().awaitEnd(LIMIT)).isPresent();
    }
  }

  private static long exits(TestVm vm) {
    return vm.statistics().exits().values().stream().mapToLong(VmStatistics.ExitCount::count).sum();
  }

  private Microkernel board() {
    return new Microkernel(time, 1, PriorityPolicy::new, new MachineMemory(128 << 20), time);
  }

  private void fail(String notice) {
    throw new AssertionError(notice);
  }

  private Network network(Microkernel board) {
    return new Network(
        new NetworkSettings("n", Optional.empty(), NetworkSettings.USUAL_MTU, true),
        board.clock(),
        Effects.host().tasks(),
        bytes -> {},
        this::fail);
  }

  private static NicSettings nic(String vm) {
    return new NicSettings(
        MacAddress.of("", vm, 0), OptionalLong.empty(), Optional.empty(), List.of());
  }

  /** Another guest, which has more to say than anybody can hear. */
  private final class Talker implements NetPort {
    private final AtomicInteger left = new AtomicInteger(20_000);

    @Override
    public boolean next(NetFrame into) {
      into.bytes().putLong(0, plugged.mac() << 16 | talking.mac() >>> 32);
      into.bytes().putInt(8, (int) talking.mac());
      into.become(1_000);
      return left.decrementAndGet() >= 0;
    }

    @Override
    public boolean receive(NetFrame frame) {
      return true;
    }

    @Override
    public boolean takesPartialChecksums() {
      return true;
    }

    @Override
    public boolean takesSegments(boolean ipv6) {
      return true;
    }

    @Override
    public void link(boolean up) {}

    @Override
    public void charge(long nanos) {}
  }

  private TestVm glutton(
      Microkernel board,
      Network network,
      VsockHub hub,
      String attack,
      MmuKind mmu,
      ShareBackend share) {
    plugged = network.add(nic("glutton"));
    talking = network.add(nic("talker"));
    boolean display = attack.equals("pictures"); // Which leaves no place for all the others.
    VmConfig.Builder config =
        VmConfig.builder(engine, TestVm.supervisor("glutton", "attack=" + attack))
            .name("glutton")
            .memory(64 << 20)
            .mmu(mmu)
            .memoryPolicy(MachineMemory.Policy.PAGED)
            .placements(List.of(new Placement(0, Reservation.priority(10))))
            .disks(List.of(new FastDisk()))
            .fwCfg(List.of(FwCfgFile.of("opt/atoll/glutton", "")))
            .shares(display ? List.of() : List.of(share))
            .nics(display ? List.of() : List.of(plugged))
            .virtioConsole(new SilentConsole());
    if (display) {
      config.screen(new Screen(new ScreenSize(1_024, 768)));
    } else {
      config.vsock(hub.add(new VsockSettings("glutton", 3, Optional.empty(), Set.of())));
    }
    return TestVm.start(config, board, time);
  }

  /** Grows with what is done for the glutton. */
  private static long work(TestVm glutton) {
    return exits(glutton) + glutton.machine().workSteps().steps();
  }

  /** By how much each of the victim's wake-ups is late, in nanoseconds. */
  private long[] lateness(Microkernel board, TestVm glutton) {
    try (LatencyProbe victim =
        LatencyProbe.resting(board, engine, 0, Reservation.priority(200), SAMPLES, PERIOD_MICROS)) {
      return victim.start().latencies(time, () -> work(glutton));
    }
  }
}
