package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.kernel.MachineMemory;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestVm;
import atoll.virtio.VirtioTransport;
import atoll.vmm.BoardOptions;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Linux finds the devices on PCI Express, and its drivers work with them. */
@Tag("slow")
class LinuxPciTest {
  private static final int MEMORY_MIB = 256;

  @TempDir Path folder;
  private LinuxGuest linux;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  private RawDisk disk(String name, int mib) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength((long) mib << 20);
    }
    return RawDisk.open(file, false);
  }

  /** Every interrupt is one that a device has sent: a line that stays high is a storm. */
  private static void requireNoStorm(TestVm vm, String text) {
    List<VirtioTransport.Statistics> devices = vm.statistics().virtio();
    for (int n = 0; n < 3; n++) {
      String name = " virtio" + n;
      long taken =
          text.lines()
              .filter(line -> line.stripTrailing().endsWith(name) && line.contains("PLIC"))
              .mapToLong(LinuxPciTest::taken)
              .sum();
      assertThat(taken).as(name).isBetween(1L, devices.get(n).interrupts());
    }
  }

  /** On all harts, of a line of {@code /proc/interrupts}. */
  private static long taken(String line) {
    return Stream.of(line.strip().split(" +"))
        .skip(1)
        .takeWhile(word -> word.matches("\\d+"))
        .mapToLong(Long::parseLong)
        .sum();
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void allDevicesWorkOnPciAndAreResetByFunction(Engine engine)
      throws IOException, InterruptedException {
    ScriptedConsole second = new ScriptedConsole();
    String commands =
        """
        echo 1 > /proc/sys/kernel/printk
        for m in virtio_blk virtio_rng virtio_balloon; do insmod /lib/modules/*/$m.ko; done
        for d in /sys/bus/pci/devices/*; do echo $(cat $d/vendor $d/device $d/class); done
        dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
        dd if=/tmp/r of=/dev/vda bs=4k conv=fsync 2>/dev/null
        echo 3 > /proc/sys/vm/drop_caches
        dd if=/dev/vda bs=1k count=1024 2>/dev/null | cmp - /tmp/r && echo SAME
        head -c 32 /dev/hwrng | wc -c
        echo over here > /dev/hvc0
        sleep 1
        cat /proc/interrupts
        echo 0000:00:01.0 > /sys/bus/pci/drivers/virtio-pci/unbind
        cat /sys/bus/pci/devices/0000:00:01.0/reset_method
        echo 1 > /sys/bus/pci/devices/0000:00:01.0/reset && echo RESET
        echo 0000:00:01.0 > /sys/bus/pci/drivers/virtio-pci/bind
        dd if=/dev/vda bs=1k count=1024 2>/dev/null | cmp - /tmp/r && echo STILL SAME
        dmesg | grep -E 'nobody cared|BUG:|WARNING:|Call Trace'
        """;
    String text;
    try (RawDisk disk = disk("a.img", 8);
        TestVm vm =
            TestVm.start(
                engine,
                linux.boot(commands),
                2,
                MEMORY_MIB,
                c ->
                    c.disks(List.of(disk))
                        .virtioConsole(second)
                        .memoryPolicy(MachineMemory.Policy.PAGED)
                        .options(new BoardOptions(true, Set.of())))) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      text = vm.console().text();
      requireNoStorm(vm, text);
      assertThat(vm.statistics().virtio()).allMatch(device -> device.faults() == 0);
    }
    assertThat(text)
        .contains(
            "0x1b36 0x0008 0x060000",
            "0x1af4 0x1042 0x010000",
            "0x1af4 0x1044 0xff0000",
            "0x1af4 0x1043 0x078000",
            "0x1af4 0x1045 0xff0000")
        .contains("\nSAME\r\n", "\n32\r\n", "\nflr", "\nRESET\r\n", "\nSTILL SAME\r\n")
        .doesNotContain("nobody cared", "BUG:", "WARNING:", "Call Trace");
    assertThat(second.text()).contains("over here");
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void moreDisksThanTheBoardHasSlotsAreFoundInOrder(Engine engine)
      throws IOException, InterruptedException {
    String commands =
        """
        insmod /lib/modules/*/virtio_blk.ko
        for d in /sys/block/vd?; do echo $(basename $d) $(cat $d/size); done
        """;
    List<RawDisk> disks = new ArrayList<>();
    try {
      for (int n = 1; n <= 12; n++) {
        disks.add(disk(n + ".img", n));
      }
      List<BlockBackend> backends = List.copyOf(disks);
      try (TestVm vm =
          TestVm.start(engine, linux.boot(commands), 1, MEMORY_MIB, c -> c.disks(backends))) {
        assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
        for (int n = 1; n <= 12; n++) {
          String expected = "vd%c %d\r".formatted('a' + n - 1, 2048 * n);
          assertThat(vm.console().text()).contains(expected);
        }
      }
    } finally {
      for (RawDisk disk : disks) {
        disk.close();
      }
    }
  }
}
