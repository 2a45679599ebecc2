package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.DiskServer;
import atoll.disk.ReportedDisk;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.nbd.NbdServer;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest whose disks are at a server that ends and comes back. */
@Tag("slow")
class LostDiskServerTest {
  private static final int MEMORY_MIB = 256;
  private static final int SIZE = 1 << 20;

  /** vda fails at once, vdb waits. */
  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
      dd if=/tmp/r of=/dev/vda bs=64k conv=fsync 2>/dev/null && echo WRITTEN
      read line
      (dd if=/tmp/r of=/dev/vdb bs=64k conv=fsync 2>/dev/null && echo WAITED) &
      echo 3 > /proc/sys/vm/drop_caches
      dd if=/dev/vda of=/dev/null bs=4k count=1 2>/dev/null || echo READ FAILED
      dd if=/tmp/r of=/dev/vda bs=4k count=1 conv=fsync 2>/dev/null || echo WRITE FAILED
      echo SERVER AWAY
      read line
      wait
      dd if=/tmp/r of=/dev/vda bs=64k conv=fsync 2>/dev/null && echo WRITTEN AGAIN
      echo 3 > /proc/sys/vm/drop_caches
      cmp /dev/vda /tmp/r && cmp /dev/vdb /tmp/r && echo BOTH SAME
      """;

  private final List<String> notices = new CopyOnWriteArrayList<>();

  @TempDir Path folder;

  private DiskServer serve(String name) {
    DiskServer server =
        DiskServer.open(
            DiskLocation.of(folder.resolve(name)),
            Optional.of(DiskFormat.RAW),
            false,
            new NbdServer.Settings(
                "", new NbdServer.OnSocket(folder.resolve(name + ".socket")), Optional.empty(), 4),
            Effects.host().tasks(),
            Clock.host(),
            text -> {});
    Effects.host().tasks().start("server", server::run);
    return server;
  }

  private ReportedDisk disk(DiskServer server, String parameter) {
    return ReportedDisk.open(
        DiskLocation.parse(server.address() + parameter),
        Optional.empty(),
        false,
        DiskLimits.NONE,
        notices::add);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void theGuestGetsErrorsOrWaitsAndGoesOnWhenItIsBack(Engine engine) throws Exception {
    Optional<LinuxGuest> linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    blank("a");
    blank("b");
    DiskServer a = serve("a");
    DiskServer b = serve("b");
    try (ReportedDisk vda = disk(a, "");
        ReportedDisk vdb = disk(b, "&reconnect=100000");
        TestVm vm =
            TestVm.start(
                engine,
                linux.get().boot(COMMANDS),
                1,
                MEMORY_MIB,
                c -> c.disks(List.of(vda, vdb)))) {
      vm.console().await("WRITTEN", LIMIT);
      a.close();
      b.close();
      vm.console().type("\n");
      vm.console().await("SERVER AWAY", LIMIT);
      assertThat(vm.console().text())
          .contains("READ FAILED", "WRITE FAILED")
          .doesNotContain("WAITED\r\n");
      a = serve("a");
      b = serve("b");
      vm.console().type("\n");
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text()).contains("WAITED\r\n", "WRITTEN AGAIN\r\n", "BOTH SAME\r\n");
    } finally {
      a.close();
      b.close();
    }
    assertThat(Arrays.equals(bytes("a"), bytes("b"))).isTrue();
    assertThat(bytes("a")).isNotEqualTo(new byte[SIZE]);
    assertThat(notices)
        .anyMatch(text -> text.contains("a.socket") && text.contains("the guest gets I/O errors"))
        .anyMatch(text -> text.endsWith("b.socket is back"));
  }

  private void blank(String name) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      file.setLength(SIZE);
    }
  }

  private byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }
}
