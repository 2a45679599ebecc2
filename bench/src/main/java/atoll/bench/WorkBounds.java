package atoll.bench;

import atoll.device.spi.BlockBackend;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.Engines;
import atoll.testkit.LatencyProbe;
import atoll.testkit.SilentConsole;
import atoll.testkit.TestVm;
import atoll.vmm.Placement;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long {@code guests/glutton} holds a physical CPU at a stretch when it asks for the largest
 * work that an interface allows, and how late a machine of higher priority is beside it.
 *
 * <p>Times are elapsed, so the host's other work is in them: each attack is made in several rounds,
 * and of the longest stretches the shortest counts, which the host has disturbed least.
 */
public final class WorkBounds {
  private static final int SAMPLES = 500;
  private static final int PERIOD_MICROS = 1_000;

  private static final List<String> ATTACKS =
      List.of(
          "console",
          "console-bytes",
          "console-input",
          "emergency",
          "entropy",
          "entropy-bytes",
          "inflate",
          "deflate",
          "statistics",
          "reporting",
          "read-and-reset",
          "write-and-reset",
          "read-and-take-away",
          "uart",
          "uart-loop",
          "interrupts",
          "alarms",
          "debug-console",
          "counters",
          "fences",
          "calls");

  private final Engine engine;
  private final int rounds;
  private final Path image;

  private WorkBounds(Engine engine, int rounds, Path image) {
    this.engine = engine;
    this.rounds = rounds;
    this.image = image;
  }

  /** Prints a table; takes a number of rounds, otherwise 5, and attacks, otherwise all. */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    List<String> attacks = args.length > 1 ? List.of(args).subList(1, args.length) : ATTACKS;
    Path image = Files.createTempFile("bounds", ".img");
    try {
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.setLength(8L << 30);
      }
      WorkBounds bounds = new WorkBounds(Engines.shipped("translator"), rounds, image);
      System.out.printf(
          "%-20s %8s %8s %8s   %s%n", "us", "late p50", "p99", "max", "longest by reason of exit");
      bounds.alone();
      for (String attack : attacks) {
        bounds.measure(attack);
      }
    } finally {
      Files.delete(image);
    }
  }

  private static Microkernel board() {
    return new Microkernel(Clock.host(), 1, PriorityPolicy::new, new MachineMemory(256 << 20));
  }

  private void alone() {
    long[] best = null;
    for (int round = 0; round < rounds; round++) {
      try (Microkernel board = board()) {
        best = better(best, late(board));
      }
    }
    print("alone", best, Map.of());
  }

  private void measure(String attack) throws IOException, InterruptedException {
    long[] best = null;
    Map<String, Long> longest = new TreeMap<>();
    for (int round = 0; round < rounds; round++) {
      SilentConsole console = new SilentConsole();
      try (Microkernel board = board();
          BlockBackend disk = RawDisk.open(image, false);
          VirtualMachine glutton = VirtualMachine.create(config(attack, disk, console), board)) {
        glutton.start();
        console.awaitLine();
        best = better(best, late(board));
        note(longest, glutton);
      }
    }
    print(attack, best, longest);
  }

  private VmConfig config(String attack, BlockBackend disk, SilentConsole console) {
    return VmConfig.builder(engine, TestVm.supervisor("glutton", "attack=" + attack))
        .name("glutton")
        .memory(128 << 20)
        .memoryPolicy(MachineMemory.Policy.PAGED)
        .placements(List.of(new Placement(0, Reservation.priority(10))))
        .disks(List.of(disk))
        .effects(Effects.host())
        .console(console)
        .virtioConsole(new SilentConsole())
        .build();
  }

  private long[] late(Microkernel board) {
    try (LatencyProbe probe =
        LatencyProbe.resting(board, engine, 0, Reservation.priority(200), SAMPLES, PERIOD_MICROS)) {
      return probe.start().latencies();
    }
  }

  private static long[] better(long[] one, long[] other) {
    return one == null || other[SAMPLES - 1] < one[SAMPLES - 1] ? other : one;
  }

  private static void note(Map<String, Long> longest, VirtualMachine vm) {
    for (Map.Entry<String, VmStatistics.ExitCount> exit : vm.statistics().exits().entrySet()) {
      if (exit.getValue().longest() > 0) {
        longest.merge(exit.getKey(), exit.getValue().longest(), Math::min);
      }
    }
  }

  private static void print(String name, long[] late, Map<String, Long> longest) {
    StringBuilder reasons = new StringBuilder();
    longest.forEach((reason, nanos) -> reasons.append("%s %.0f  ".formatted(reason, nanos / 1e3)));
    System.out.printf(
        "%-20s %8.1f %8.1f %8.1f   %s%n",
        name,
        late[SAMPLES / 2] / 1e3,
        late[SAMPLES * 99 / 100] / 1e3,
        late[SAMPLES - 1] / 1e3,
        reasons);
  }
}
