package atoll.bench;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.host.Clock;
import atoll.kernel.FairPolicy;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.Engines;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.virtio.Service;
import atoll.vmm.Boot;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One boot of the client that reads and writes its disk, past its page cache. */
record DriverRun(LinuxGuest linux) {
  private static final long MIB = 1 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long SLICE = 4_000_000;

  /** Where they run. */
  private static final int CLIENT = 0;

  private static final int SERVER = 1;

  /** Priorities, if there are some: the server has its client's while it works for it. */
  private static final int LOW = 10;

  private static final int MIDDLE = 100;
  private static final int HIGH = 200;
  static final int REQUESTS = 8_000;
  static final int LARGE_MIB = 128;

  /** What is done with the disk, and how many requests or MiB. */
  enum Part {
    SMALL("dd if=/dev/vda of=/dev/null bs=4k count=%d iflag=direct", REQUESTS),
    READ("dd if=/dev/vda of=/dev/null bs=1M count=%d iflag=direct", LARGE_MIB),
    WRITE("dd if=/dev/zero of=/dev/vda bs=1M count=%d oflag=direct", LARGE_MIB);

    private final String command;
    final int count;

    Part(String command, int count) {
      this.command = command;
      this.count = count;
    }
  }

  /**
   * What a part took.
   *
   * @param seconds by the client's clock
   * @param client CPU seconds of its vCPU
   * @param server the same of whoever serves it
   * @param rest of the process: threads that read and write the disk's file among them
   */
  record Cost(
      double seconds,
      long clientExits,
      long serverExits,
      double client,
      double server,
      double rest) {}

  /** All parts of a boot. */
  record Costs(Map<Part, Cost> parts) {}

  /** The commands of the client: each part waits for a line, and says its nanoseconds. */
  private static String commands() {
    StringBuilder commands =
        new StringBuilder(
            """
            for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
            until [ "$(cat /sys/block/vda/size)" != 0 ]; do sleep 1; done
            now() { while read x y now z; do [ "$x $y" != "now at" ] || return; done </proc/timer_list; }
            t() { echo READY; read line; now; from=$now; "$@" 2>/dev/null; now; echo "TOOK $from $now ns"; }
            dd if=/dev/vda of=/dev/null bs=64k 2>/dev/null
            """);
    for (Part part : Part.values()) {
      commands.append("t ").append(part.command.formatted(part.count)).append('\n');
    }
    return commands.append("echo READY; read line\n").toString();
  }

  private static final String DEBIAN_SERVER =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      atoll-serve /dev/vda
      """;

  /** Makes an image of which every block is allocated. */
  static void fill(Path file) throws IOException {
    byte[] block = new byte[1 << 20];
    java.util.Arrays.fill(block, (byte) 1);
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
      for (int mib = 0; mib < LARGE_MIB; mib++) {
        image.write(block);
      }
    }
  }

  Costs of(DriverKind kind, Path file) throws IOException, InterruptedException {
    System.err.println("bench/driver: " + kind.title);
    try (Microkernel board = board(kind);
        BlockBackend disk =
            DiskImages.open(
                DiskLocation.of(file), Optional.of(DiskFormat.RAW), false, text -> {})) {
      return kind.served() ? served(kind, board, disk) : inMonitor(kind, board, disk);
    }
  }

  private static Microkernel board(DriverKind kind) {
    if (kind == DriverKind.DRIVER_BUSY) {
      return new Microkernel(
          Clock.host(), 2, PriorityPolicy::new, new MachineMemory(Long.MAX_VALUE));
    }
    if (!kind.pool) {
      return Microkernel.dedicated(Clock.host(), 2);
    }
    FairPolicy shared = FairPolicy.ofPool(SLICE);
    return new Microkernel(Clock.host(), 2, () -> shared, new MachineMemory(Long.MAX_VALUE));
  }

  private static VmConfig.Builder config(
      DriverKind kind, Boot boot, int memoryMib, int pcpu, int priority) {
    Reservation reservation =
        kind == DriverKind.DRIVER_BUSY ? Reservation.priority(priority) : Reservation.UNLIMITED;
    return VmConfig.builder(Engines.shipped("translator"), boot)
        .memory(memoryMib * MIB)
        .placements(List.of(new Placement(pcpu, reservation)));
  }

  private VmConfig.Builder client(DriverKind kind) throws IOException {
    return config(kind, linux.boot(commands()), 256, CLIENT, HIGH);
  }

  private Costs inMonitor(DriverKind kind, Microkernel board, BlockBackend disk)
      throws IOException, InterruptedException {
    try (TestVm vm = TestVm.start(client(kind).disks(List.of(disk)), board)) {
      return costs(vm, Optional.empty());
    }
  }

  private Costs served(DriverKind kind, Microkernel board, BlockBackend disk)
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
        kind.debian()
            ? debian(kind)
            : config(kind, TestVm.supervisor("driver", ""), 16, SERVER, LOW);
    try (TestVm server =
            TestVm.start(driver.disks(List.of(disk)).channels(List.of(ends.get(0))), board);
        TestVm vm = TestVm.start(client(kind).channels(List.of(ends.get(1))), board)) {
      if (kind != DriverKind.DRIVER_BUSY) {
        return costs(vm, Optional.of(server));
      }
      vm.console().await("READY\r\n", LIMIT); // A boot of low priority would not end beside them.
      try (TestVm beside = busy(board, CLIENT);
          TestVm other = busy(board, SERVER)) {
        beside.console().await("station: begins", LIMIT);
        other.console().await("station: begins", LIMIT);
        return measured(vm, Optional.of(server));
      }
    }
  }

  /** A machine that looks without rest for devices that it does not have. */
  private static TestVm busy(Microkernel board, int pcpu) {
    return TestVm.start(
        config(DriverKind.DRIVER_BUSY, TestVm.firmware("station", ""), 16, pcpu, MIDDLE), board);
  }

  private VmConfig.Builder debian(DriverKind kind) throws IOException {
    Boot boot =
        linux.boot(DEBIAN_SERVER, Map.of("bin/atoll-serve", GuestProgram.elf("atoll-serve")));
    return config(kind, boot, 512, SERVER, LOW);
  }

  /** At a moment at which the client waits for a line. */
  private record Moment(
      long clientExits, long serverExits, long client, long server, ProcessCost process) {
    static Moment of(TestVm client, Optional<TestVm> server) {
      VmStatistics mine = client.statistics();
      VmStatistics theirs = server.map(TestVm::statistics).orElse(VmStatistics.NONE);
      return new Moment(
          exits(mine),
          exits(theirs),
          mine.hostCpuNanos(),
          theirs.hostCpuNanos(),
          ProcessCost.of(ProcessHandle.current()));
    }

    private static long exits(VmStatistics statistics) {
      return statistics.exits().values().stream().mapToLong(VmStatistics.ExitCount::count).sum();
    }

    Cost until(Moment later, double seconds) {
      double mine = (later.client - client) / 1e9;
      double theirs = (later.server - server) / 1e9;
      return new Cost(
          seconds,
          later.clientExits - clientExits,
          later.serverExits - serverExits,
          mine,
          theirs,
          Math.max(0, later.process.since(process) / 1e9 - mine - theirs));
    }
  }

  private static Costs costs(TestVm client, Optional<TestVm> server) throws InterruptedException {
    client.console().await("READY\r\n", LIMIT);
    return measured(client, server);
  }

  private static Costs measured(TestVm client, Optional<TestVm> server)
      throws InterruptedException {
    Map<Part, Cost> parts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      Moment before = Moment.of(client, server);
      client.console().type("\n");
      client.console().await("TOOK ", LIMIT);
      String[] took = client.console().await(" ns\r\n", LIMIT).split(" ", -1);
      client.console().await("READY\r\n", LIMIT);
      double seconds = (Long.parseLong(took[1]) - Long.parseLong(took[0])) / 1e9;
      parts.put(part, before.until(Moment.of(client, server), seconds));
    }
    return new Costs(parts);
  }
}
