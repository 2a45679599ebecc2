package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestVm;
import atoll.virtio.Service;
import atoll.virtio.VirtioServed;
import atoll.vmm.Boot;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelPort.End;
import atoll.vmm.Outcome;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that know of nothing, and the driver VM that serves their disks. */
@Tag("slow")
class DriverVmTest {
  private static final int SMALL_MIB = 16;
  private static final int CLIENT_MIB = 64;
  private static final int LINUX_MIB = 128;
  private static final long MIB = 1 << 20;
  private static final int BYTES = 64 * 512;

  /** More by {@code -Datoll.test.kills=N}. */
  private static final int KILLS = Integer.getInteger("atoll.test.kills", 3);

  private static final String DRIVERS =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      """;

  /** A client's console that is served is behind its own. */
  private static final String SCREEN =
      """
      exec 5<>/dev/hvc1
      echo hello > /dev/hvc1
      read word <&5
      echo TYPED $word
      """;

  /** A client, with the MiB of its disk. */
  private static final String LINUX =
      """
      until [ "$(cat /sys/block/vda/size)" = $((2048 * %1$d)) ]; do sleep 1; done
      dd if=/dev/urandom of=/tmp/r bs=64k count=$((16 * %1$d)) 2>/dev/null
      dd if=/tmp/r of=/dev/vda bs=64k conv=fsync 2>/dev/null && echo WRITTEN AND FLUSHED
      echo 3 > /proc/sys/vm/drop_caches
      read line
      dd if=/dev/vda bs=64k 2>/dev/null | cmp - /tmp/r && echo READ THE SAME
      cat /sys/block/vda/serial
      """;

  /** A driver VM whose program hangs, or is ended: all of it, or the processes that serve. */
  private static final String DEBIAN =
      DRIVERS
          + """
          atoll-serve -t 3 /dev/vda &
          while read line; do
            case $line in
              parts) kill -9 $(cat /proc/$!/task/$!/children) ;;
              all) kill -9 $!; atoll-serve -t 3 /dev/vda & ;;
              hang) kill -STOP $(cat /proc/$!/task/$!/children); echo STOPPED ;;
            esac
          done
          """;

  private static final List<String> ENDS = List.of("parts", "all");

  @TempDir Path folder;
  private Microkernel board;

  @BeforeEach
  void makeBoard() {
    board = Microkernel.dedicated(Clock.host(), 3);
  }

  @AfterEach
  void closeBoard() {
    board.close();
  }

  private Path disk() throws IOException {
    Path file = folder.resolve("disk.img");
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(2 * MIB);
    }
    return file;
  }

  private static BlockBackend open(Path file) throws IOException {
    return DiskImages.open(DiskLocation.of(file), Optional.of(DiskFormat.RAW), false, text -> {});
  }

  /** A part of a disk, from {@code offset} on: the server's end, and the client's. */
  private List<ChannelPort> service(String name, long offset, long bytes) {
    return service(name, new Service(Service.Kind.BLOCK, false, 0, offset, bytes));
  }

  private List<ChannelPort> service(String name, Service.Kind kind) {
    return service(name, new Service(kind, false, 0, 0, 0));
  }

  private List<ChannelPort> service(String name, Service part) {
    return ChannelPort.make(
        board,
        name,
        Service.MEMORY,
        List.of(End.endpoint(true), new End(true, new ChannelDevice.Served(part))));
  }

  private TestVm server(Engine engine, BlockBackend disk, List<ChannelPort> ends) {
    return start(
        VmConfig.builder(engine, TestVm.supervisor("driver", ""))
            .memory(SMALL_MIB * MIB)
            .disks(List.of(disk))
            .channels(ends),
        0);
  }

  private TestVm debian(LinuxGuest linux, Engine engine, BlockBackend disk, List<ChannelPort> ends)
      throws IOException {
    Boot boot = linux.boot(DEBIAN, Map.of("bin/atoll-serve", GuestProgram.elf("atoll-serve")));
    return start(
        VmConfig.builder(engine, boot).memory(LINUX_MIB * MIB).disks(List.of(disk)).channels(ends),
        0);
  }

  private TestVm client(Engine engine, int pcpu, int generations, ChannelPort end) {
    return client(engine, pcpu, "generations=" + generations, end);
  }

  private TestVm client(Engine engine, int pcpu, String words, ChannelPort end) {
    Boot boot = TestVm.firmware("disk", words);
    return start(
        VmConfig.builder(engine, boot).memory(CLIENT_MIB * MIB).channels(List.of(end)), pcpu);
  }

  private TestVm start(VmConfig.Builder config, int pcpu) {
    return TestVm.start(
        config.placements(List.of(new Placement(pcpu, Reservation.UNLIMITED))), board);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void aStockLinuxIsAClientAndWaitsForItsServer(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    List<ChannelPort> data = service("data", 0, 0);
    List<ChannelPort> screen = service("screen", Service.Kind.CONSOLE);
    List<ChannelPort> ends = List.of(data.get(0), screen.get(0));
    VmConfig.Builder config =
        VmConfig.builder(engine, linux.get().boot(DRIVERS + SCREEN + LINUX.formatted(2)))
            .memory(LINUX_MIB * MIB)
            .virtioConsole(new ScriptedConsole())
            .channels(List.of(data.get(1), screen.get(1)));
    try (BlockBackend disk = open(disk());
        TestVm client = start(config, 1)) {
      try (TestVm server = server(engine, disk, ends)) {
        server.console().await("hello", LIMIT);
        server.console().type("keys\n");
        client.console().await("TYPED keys", LIMIT);
        client.console().await("WRITTEN AND FLUSHED", LIMIT);
        assertThat(server.statistics().channels().getFirst().ringsReceived()).isPositive();
      }
      client.console().type("\n"); // It reads while there is no server.
      try (TestVm server = server(engine, disk, ends)) {
        assertThat(client.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        server.console().await("serving data", LIMIT);
      }
      assertThat(client.console().text()).contains("READ THE SAME");
      VirtioServed.Statistics counted = client.statistics().served().getFirst();
      assertThat(counted.waiting()).isZero();
      assertThat(counted.violations()).isZero();
    }
  }

  private static long last(byte[] sectors) {
    return Integer.toUnsignedLong(
        java.nio.ByteBuffer.wrap(sectors).order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(4));
  }

  private static byte[] read(Path file, long offset) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "r")) {
      byte[] bytes = new byte[BYTES];
      f.seek(offset);
      f.readFully(bytes);
      return bytes;
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void twoClientsHaveAPartOfItsDiskEach(Engine engine) throws IOException, InterruptedException {
    Path file = disk();
    List<ChannelPort> one = service("one", 0, MIB);
    List<ChannelPort> two = service("two", MIB, MIB);
    try (BlockBackend disk = open(file);
        TestVm server = server(engine, disk, List.of(one.get(0), two.get(0)));
        TestVm first = client(engine, 1, 20, one.get(1));
        TestVm second = client(engine, 2, 24, two.get(1))) {
      assertThat(first.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(second.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(first.console().text()).contains("disk: 2048 sectors", "disk: verified");
      assertThat(second.console().text()).contains("disk: 2048 sectors", "disk: verified");
      server.console().await("serving one", LIMIT);
      VirtioServed.Statistics counted = first.statistics().served().getFirst();
      assertThat(counted.requests()).isEqualTo(20 * 2 + 2); // the 16th is read back, and the last
      assertThat(counted.answers()).isEqualTo(counted.requests());
      assertThat(counted.violations()).isZero();
      assertThat(server.statistics().channels()).hasSize(2);
    }
    assertThat(last(read(file, 0))).isEqualTo(20);
    assertThat(last(read(file, MIB))).isEqualTo(24);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void aClientGoesOnWhenItsServerIsBackAndNothingFlushedIsLost(Engine engine)
      throws IOException, InterruptedException {
    Path file = disk();
    List<ChannelPort> ends = service("data", 0, MIB);
    int generations = 4 * KILLS + 8;
    try (BlockBackend disk = open(file);
        TestVm client = client(engine, 1, generations, ends.get(1))) {
      for (int life = 1; life <= KILLS; life++) {
        try (TestVm server = server(engine, disk, List.of(ends.get(0)))) {
          String said = client.console().await("flushed " + 4 * life + "\r\n", LIMIT);
          assertThat(said).doesNotContain("write failed");
          server.machine().close();
        }
        long flushed =
            client.console().text().lines().filter(line -> line.startsWith("flushed ")).count();
        assertThat(last(read(file, 0))).isGreaterThanOrEqualTo(flushed);
      }
      try (TestVm server = server(engine, disk, List.of(ends.get(0)))) {
        assertThat(client.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        server.console().await("serving data", LIMIT);
      }
      assertThat(client.console().text()).contains("disk: verified");
    }
    assertThat(last(read(file, 0))).isEqualTo(generations);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void aDebianIsTheDriverVmAndNothingIsLostWhenItsProgramEndsOrHangs(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    Path file = disk();
    List<ChannelPort> one = service("one", 0, MIB);
    List<ChannelPort> two = service("two", MIB, MIB);
    List<ChannelPort> wire = service("wire", Service.Kind.NETWORK);
    List<ChannelPort> ends = List.of(one.get(0), two.get(0), wire.get(0));
    VmConfig.Builder config =
        VmConfig.builder(engine, linux.get().boot(DRIVERS + LINUX.formatted(1)))
            .memory(LINUX_MIB * MIB)
            .channels(List.of(two.get(1), wire.get(1)));
    try (BlockBackend disk = open(file);
        TestVm server = debian(linux.get(), engine, disk, ends);
        TestVm client = start(config, 2)) {
      server.console().await("serving two, epoch", LIMIT);
      endItsProgram(engine, server, one.get(1), file);
      client.console().await("WRITTEN AND FLUSHED", LIMIT);
      server.console().type("hang\n");
      server.console().await("STOPPED", LIMIT);
      client.console().type("\n"); // It reads, and nobody answers until the program notices.
      assertThat(client.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(server.console().text()).contains("two has not been answered for 3 s");
      assertThat(server.console().text().split("wire is a device of virtio's kind 1", -1))
          .as("once for each start of the program")
          .hasSizeBetween(2, 2 + KILLS / ENDS.size());
      assertThat(client.console().text()).contains("READ THE SAME");
      assertThat(client.statistics().served().getFirst().violations()).isZero();
    }
  }

  /** While a client writes, again and again; what it has flushed is on the disk. */
  private void endItsProgram(Engine engine, TestVm server, ChannelPort end, Path file)
      throws IOException, InterruptedException {
    try (TestVm client = client(engine, 1, "", end)) {
      for (int kill = 0; kill < KILLS; kill++) {
        client.console().await("flushed ", LIMIT);
        server.console().type(ENDS.get(kill % ENDS.size()) + "\n");
        server.console().await("serving one again", LIMIT);
      }
      client.console().await("flushed ", LIMIT);
      client.machine().close();
      String said = client.console().text();
      assertThat(said).doesNotContain("failed", "differs");
      long flushed = said.lines().filter(line -> line.startsWith("flushed ")).count();
      assertThat(last(read(file, 0))).isGreaterThanOrEqualTo(flushed - 1);
      VirtioServed.Statistics counted = client.statistics().served().getFirst();
      assertThat(counted.violations()).isZero();
      assertThat(counted.again()).isZero(); // The next process has gone on where the last one was.
    }
  }
}
