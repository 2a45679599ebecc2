package atoll.bench;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.host.Clock;
import atoll.kernel.FairPolicy;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.virtio.Service;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A disk whose device is in the monitor beside one that a driver VM serves: the same Linux reads
 * and writes both, past its page cache.
 */
public final class DriverVm {
  private static final long MIB = 1 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long SLICE = 4_000_000;
  private static final int REQUESTS = 4_000;
  private static final int LARGE_MIB = 64;

  /** Each line that it prints is a name and microseconds by the guest's clock. */
  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      until [ "$(cat /sys/block/vda/size)" != 0 ]; do sleep 1; done
      t() { a=$(cut -d' ' -f1 /proc/uptime); shift 0; n=$1; shift; "$@" 2>/dev/null; b=$(cut -d' ' -f1 /proc/uptime); echo "TIME $n $a $b"; }
      t warm dd if=/dev/vda of=/dev/null bs=64k
      t small dd if=/dev/vda of=/dev/null bs=4k count=%1$d iflag=direct
      t read dd if=/dev/vda of=/dev/null bs=1M count=%2$d iflag=direct
      t write dd if=/dev/zero of=/dev/vda bs=1M count=%2$d oflag=direct
      """
          .formatted(REQUESTS, LARGE_MIB);

  private static final Pattern TIME = Pattern.compile("TIME (\\w+) ([0-9.]+) ([0-9.]+)");

  /** Where the device is, and which CPUs execute the driver VM. */
  private enum Kind {
    MONITOR,
    /** Each VM has its own. */
    OWN_CPU,
    /** Both VMs share both. */
    POOL
  }

  private DriverVm() {}

  /** Prints a table; takes the number of rounds, otherwise 3. */
  public static void main(String[] args) throws IOException, InterruptedException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    LinuxGuest linux =
        LinuxGuest.find()
            .orElseThrow(() -> new IllegalStateException("there is no Debian kernel in the cache"));
    Map<Kind, Map<String, List<Double>>> all = new EnumMap<>(Kind.class);
    for (int round = 0; round < rounds; round++) {
      for (Kind kind : Kind.values()) {
        Map<String, List<Double>> series = all.computeIfAbsent(kind, key -> new TreeMap<>());
        run(linux, kind).forEach((what, value) -> add(series, what, value));
      }
    }
    System.out.printf(
        "%-32s %10s %16s %16s%n", "median", "monitor", "driver, own CPU", "driver, pool");
    for (String what : all.get(Kind.MONITOR).keySet()) {
      double one = median(all.get(Kind.MONITOR).get(what));
      double own = median(all.get(Kind.OWN_CPU).get(what));
      double pool = median(all.get(Kind.POOL).get(what));
      System.out.printf(
          "%-32s %,10.1f %,10.1f %5s %,10.1f %5s%n",
          what, one, own, ratio(own, one), pool, ratio(pool, one));
    }
  }

  private static void add(Map<String, List<Double>> all, String what, double value) {
    all.computeIfAbsent(what, key -> new ArrayList<>()).add(value);
  }

  private static String ratio(double value, double of) {
    return of == 0 ? "" : "%.2fx".formatted(value / of);
  }

  private static double median(List<Double> values) {
    Collections.sort(values);
    return values.get(values.size() / 2);
  }

  private static Map<String, Double> run(LinuxGuest linux, Kind kind)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("atoll-driver", ".img");
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw");
        Microkernel board = board(kind)) {
      image.setLength(LARGE_MIB * MIB);
      try (BlockBackend disk =
          DiskImages.open(DiskLocation.of(file), Optional.of(DiskFormat.RAW), false, text -> {})) {
        return kind == Kind.MONITOR ? inMonitor(linux, board, disk) : served(linux, board, disk);
      }
    } finally {
      Files.delete(file);
    }
  }

  private static Microkernel board(Kind kind) {
    if (kind != Kind.POOL) {
      return Microkernel.dedicated(Clock.host(), 2);
    }
    FairPolicy shared = FairPolicy.ofPool(SLICE);
    return new Microkernel(Clock.host(), 2, () -> shared, new MachineMemory(Long.MAX_VALUE));
  }

  private static VmConfig.Builder client(LinuxGuest linux) throws IOException {
    return VmConfig.builder(Engines.shipped("translator"), linux.boot(COMMANDS))
        .memory(256 * MIB)
        .placements(List.of(new Placement(0, Reservation.UNLIMITED)));
  }

  private static Map<String, Double> inMonitor(
      LinuxGuest linux, Microkernel board, BlockBackend disk)
      throws IOException, InterruptedException {
    try (TestVm vm = TestVm.start(client(linux).disks(List.of(disk)), board)) {
      return results(vm, VmStatistics.NONE);
    }
  }

  private static Map<String, Double> served(LinuxGuest linux, Microkernel board, BlockBackend disk)
      throws IOException, InterruptedException {
    Service whole = new Service(Service.Kind.BLOCK, false, 0, 0, 0);
    List<ChannelPort> ends =
        ChannelPort.make(
            board,
            "data",
            Service.MEMORY,
            List.of(
                ChannelPort.End.endpoint(true),
                new ChannelPort.End(true, new ChannelDevice.Served(whole))));
    VmConfig.Builder driver =
        VmConfig.builder(Engines.shipped("translator"), TestVm.supervisor("driver", ""))
            .memory(16 * MIB)
            .disks(List.of(disk))
            .channels(List.of(ends.get(0)))
            .placements(List.of(new Placement(1, Reservation.UNLIMITED)));
    try (TestVm server = TestVm.start(driver, board);
        TestVm vm = TestVm.start(client(linux).channels(List.of(ends.get(1))), board)) {
      vm.end(LIMIT);
      return results(vm, server.statistics());
    }
  }

  private static Map<String, Double> results(TestVm vm, VmStatistics server)
      throws InterruptedException {
    vm.end(LIMIT);
    Map<String, Double> results = new TreeMap<>();
    Matcher times = TIME.matcher(vm.console().text());
    while (times.find()) {
      double seconds = Double.parseDouble(times.group(3)) - Double.parseDouble(times.group(2));
      switch (times.group(1)) {
        case "small" -> results.put("4 KiB read, one by one, us", seconds * 1e6 / REQUESTS);
        case "read" -> results.put("1 MiB reads, MiB/s", LARGE_MIB / seconds);
        case "write" -> results.put("1 MiB writes, MiB/s", LARGE_MIB / seconds);
        default -> {} // It fills the host's page cache.
      }
    }
    VmStatistics client = vm.statistics();
    results.put("exits of the client, thousands", exits(client) / 1e3);
    results.put("exits of the server, thousands", exits(server) / 1e3);
    results.put("CPU time of the client, ms", client.hostCpuNanos() / 1e6);
    results.put("CPU time of the server, ms", server.hostCpuNanos() / 1e6);
    return results;
  }

  private static double exits(VmStatistics statistics) {
    return statistics.exits().values().stream().mapToLong(VmStatistics.ExitCount::count).sum();
  }
}
