package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.disk.DiskFormat;
import atoll.disk.DiskImages;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.engine.Engine;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.BoardOptions;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Linux with two harts has a queue of each disk for each of them, many requests in flight, and sees
 * that disks become larger, on both transports.
 */
@Tag("slow")
class LinuxDiskTest {
  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      echo "queues $(ls /sys/block/vda/mq | wc -l) $(ls /sys/block/vdb/mq | wc -l)"
      dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
      for d in vda vdb; do
        for n in 0 1 2 3; do
          dd if=/tmp/r of=/dev/$d bs=4k count=64 skip=$((n * 64)) seek=$((n * 64)) conv=notrunc 2>/dev/null &
        done
      done
      wait
      sync
      echo 3 > /proc/sys/vm/drop_caches
      for d in vda vdb; do
        for n in 0 1 2 3; do
          dd if=/dev/$d bs=4k count=64 skip=$((n * 64)) 2>/dev/null | md5sum >/tmp/$d.$n &
        done
      done
      wait
      for n in 0 1 2 3; do
        dd if=/tmp/r bs=4k count=64 skip=$((n * 64)) 2>/dev/null | md5sum >/tmp/r.$n
        cmp /tmp/r.$n /tmp/vda.$n && cmp /tmp/r.$n /tmp/vdb.$n && echo SAME $n
      done
      echo GROW
      read line
      until [ "$(cat /sys/block/vda/size /sys/block/vdb/size | tr '\\n' ' ')" = "32768 32768 " ]; do sleep 1; done
      for d in vda vdb; do
        dd if=/tmp/r of=/dev/$d bs=1M seek=15 count=1 conv=fsync 2>/dev/null && echo "$d WRITTEN BEHIND"
      done
      dmesg | grep "new size"
      """;

  @TempDir Path folder;

  private BlockBackend disk(String name, DiskFormat format) {
    Path file = folder.resolve(name);
    long ignored = ImageTool.create(file, OptionalLong.of(8 << 20), ImageOptions.usual(format));
    return DiskImages.open(DiskLocation.of(file), Optional.of(format), false, text -> {});
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void twoHartsUseQueuesOfTheirOwnAndLargerDisksAreSeen(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    try (BlockBackend raw = disk("a.raw", DiskFormat.RAW);
        BlockBackend qcow2 = disk("b.qcow2", DiskFormat.QCOW2);
        TestVm vm =
            TestVm.start(
                engine,
                linux.get().boot(COMMANDS),
                2,
                256,
                c -> c.disks(List.of(raw, qcow2)).options(new BoardOptions(false, Set.of(1))))) {
      vm.console().await("queues 2 2", LIMIT);
      for (int n = 0; n < 4; n++) {
        vm.console().await("SAME " + n, LIMIT);
      }
      vm.console().await("GROW", LIMIT);
      raw.resize(16 << 20);
      vm.machine().devices().diskResized(0);
      qcow2.resize(16 << 20);
      vm.machine().devices().diskResized(1);
      vm.console().type("\n");
      vm.console().await("vda WRITTEN BEHIND", LIMIT);
      vm.console().await("vdb WRITTEN BEHIND", LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text())
          .containsPattern("\\[vda\\] new size: 32768 512-byte")
          .containsPattern("\\[vdb\\] new size: 32768 512-byte");
      assertThat(vm.statistics().virtio()).allMatch(device -> device.faults() == 0);
    }
  }
}
