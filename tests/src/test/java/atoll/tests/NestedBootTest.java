package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.isa.Cause;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A stock Debian kernel with its own KVM boots the same kernel in a machine of KVM's. Needs the
 * disk that {@code examples/nested/image} makes.
 */
@Tag("slow")
class NestedBootTest {
  private static final int MEMORY_MIB = 768;

  /** Debian's opensbi package. */
  private static final Path OPENSBI =
      Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.elf");

  private static final Pattern KERNEL = Pattern.compile("Linux \\S+ (\\S+ #.*riscv64)");

  private static final String NEST =
      """
      for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
      modprobe crc32c_generic
      modprobe ext4
      mkdir -p /mnt
      mount -t ext4 -o ro /dev/vda /mnt
      sh /mnt/nested/start
      """;

  private LinuxGuest linux;
  private Path image;

  @BeforeEach
  void findTheDisk() throws IOException {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
    Optional<Path> disk = disk();
    assumeTrue(disk.isPresent(), "examples/nested/image has not been run");
    image = disk.get();
  }

  private static Optional<Path> disk() throws IOException {
    String cache =
        Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
            .orElse(System.getProperty("user.home") + "/.cache");
    Path folder = Path.of(cache, "atoll", "nested");
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".ext4")).sorted().findFirst();
    }
  }

  private String nested(Engine engine, int cpus) throws IOException, InterruptedException {
    try (RawDisk disk = RawDisk.open(image, true);
        TestVm vm =
            TestVm.start(engine, linux.boot(NEST), cpus, MEMORY_MIB, c -> c.disks(List.of(disk)))) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = vm.console().text();
      assertThat(text).contains("nested: QEMU has ended with 0");
      assertThat(text).doesNotContain("Kernel panic", "Oops", "BUG:", "WARNING:", "rcu: INFO");
      assertThat(vm.statistics().exceptions())
          .containsKey(Cause.exceptionName(Cause.STORE_GUEST_PAGE_FAULT));
      return text;
    }
  }

  private String plain(Engine engine, Boot boot) throws InterruptedException {
    try (TestVm vm = TestVm.start(engine, boot, 1, MEMORY_MIB, UnaryOperator.identity())) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      return vm.console().text();
    }
  }

  private static String kernel(String text) {
    Matcher m = KERNEL.matcher(text);
    assertThat(m.find()).as(text).isTrue();
    return m.group(1);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void oneKernelRunsOverFirmwareAsAParavirtualMachineAndNestedUnderKvm(Engine engine)
      throws IOException, InterruptedException {
    String look = "uname -a; dmesg | grep 'SBI implementation'";
    String overSbi = plain(engine, linux.boot(look));
    String inside = nested(engine, 1);
    inside = inside.substring(inside.indexOf("nested: user space"));
    assertThat(kernel(inside)).isEqualTo(kernel(overSbi));
    assertThat(inside).contains("SBI implementation ID=0x3"); // KVM's
    assertThat(overSbi).doesNotContain("SBI implementation ID=0x3", "SBI implementation ID=0x1 ");
    assumeTrue(Files.exists(OPENSBI), "opensbi is not installed, so the rest is not done");
    String overFirmware = plain(engine, linux.boot(OPENSBI, look));
    assertThat(overFirmware).contains("SBI implementation ID=0x1 "); // OpenSBI's
    assertThat(kernel(overFirmware)).isEqualTo(kernel(inside));
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void aMachineOfTwoVirtualCpusBootsOnTwoHarts(Engine engine)
      throws IOException, InterruptedException {
    assertThat(nested(engine, 2)).contains("nested: user space, on 2 CPUs");
  }
}
