package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Aia;
import atoll.vmm.BoardOptions;
import atoll.vmm.Boot;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Linux with the Advanced Interrupt Architecture: its interrupts arrive, and from where they say.
 */
@Tag("slow")
class LinuxAiaTest {
  private static final int MEMORY_MIB = 256;

  /** Debian's opensbi package. */
  private static final Path OPENSBI =
      Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.elf");

  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
      dd if=/tmp/r of=/dev/vda bs=4k conv=fsync 2>/dev/null
      echo 3 > /proc/sys/vm/drop_caches
      dd if=/dev/vda bs=1k count=1024 2>/dev/null | cmp - /tmp/r && echo SAME
      cat /proc/interrupts
      grep -o -m1 -E 'smaia.*ssaia' /proc/cpuinfo
      """;

  @TempDir Path folder;
  private LinuxGuest linux;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  private String run(Engine engine, Boot boot, int cpus, boolean pci, Aia aia)
      throws IOException, InterruptedException {
    Path file = folder.resolve("disk.img");
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(8L << 20);
    }
    try (RawDisk disk = RawDisk.open(file, false);
        TestVm vm =
            TestVm.start(
                engine,
                boot,
                cpus,
                MEMORY_MIB,
                c -> c.disks(List.of(disk)).options(new BoardOptions(pci, Set.of(), aia)))) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      return vm.console().text();
    }
  }

  /** Lines of {@code /proc/interrupts} that have counted something. */
  private static List<String> counted(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> line.matches("(\\d+|IPI\\d): .*[1-9].*"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void devicesAndHartsInterruptByMessages(Engine engine) throws IOException, InterruptedException {
    String text = run(engine, linux.boot(COMMANDS), 4, true, Aia.APLIC_IMSIC);
    assertThat(text).contains("\nSAME\r").contains("providing IPIs using interrupt 1");
    assertThat(text).contains("96 interrupts forwarded to MSI base 0x0000000028000000");
    assertThat(text).containsPattern("smaia.*ssaia");
    assertThat(counted(text))
        .anyMatch(line -> line.matches("\\d+: .* PCI-MSIX-0000:00:01.0 +1 Edge +virtio0-req.0"))
        .anyMatch(line -> line.matches("IPI1: .* Function call interrupts"));
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void anAdvancedPlicInterruptsDirectly(Engine engine) throws IOException, InterruptedException {
    String text = run(engine, linux.boot(COMMANDS), 1, false, Aia.APLIC);
    assertThat(text).contains("\nSAME\r").doesNotContainPattern("smaia.*ssaia");
    assertThat(counted(text)).anyMatch(line -> line.matches("\\d+: .*APLIC-DIRECT.* virtio0"));
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void firmwareGivesTheSourcesToSupervisorMode(Engine engine)
      throws IOException, InterruptedException {
    assumeTrue(Files.exists(OPENSBI), "opensbi is not installed");
    String text = run(engine, linux.boot(OPENSBI, COMMANDS), 2, false, Aia.APLIC_IMSIC);
    assertThat(text).containsPattern("Platform IPI Device +: aia-imsic").contains("\nSAME\r");
    assertThat(counted(text)).anyMatch(line -> line.matches("\\d+: .*APLIC-MSI.* virtio0"));
  }
}
