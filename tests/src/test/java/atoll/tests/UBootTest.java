package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.host.Effects;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestVm;
import atoll.vmm.BoardOptions;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A distribution's way to boot: U-Boot in supervisor mode finds extlinux.conf on a disk, loads
 * kernel and initial RAM disk from it, and edits the device tree in place.
 */
@Tag("slow")
class UBootTest {
  private static final int MEMORY_MIB = 512;

  /** Debian's u-boot-qemu, opensbi, fdisk and e2fsprogs packages. */
  private static final Path U_BOOT = Path.of("/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf");

  private static final Path OPENSBI =
      Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.elf");
  private static final Path SFDISK = Path.of("/usr/sbin/sfdisk");
  private static final Path MKE2FS = Path.of("/usr/sbin/mke2fs");

  private static final String PARTITION =
      "label: gpt\nstart=2048, size=180224, type=linux, attrs=LegacyBIOSBootable\n";

  @TempDir Path folder;
  private LinuxGuest linux;

  @BeforeEach
  void findAll() {
    assumeTrue(Files.exists(U_BOOT), "u-boot-qemu is not installed");
    assumeTrue(Files.exists(SFDISK), "sfdisk is not installed");
    assumeTrue(Files.exists(MKE2FS), "mke2fs is not installed");
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  /** A GPT with one ext4 partition of 88 MiB, as an installed system has it. */
  private Path disk() throws IOException, InterruptedException {
    Path root = Files.createDirectories(folder.resolve("root/extlinux")).getParent();
    Files.copy(linux.kernel(), root.resolve("vmlinux"));
    byte[] initrd = linux.archive("cat /proc/cmdline; nproc", Map.of());
    Files.write(root.resolve("initrd"), initrd);
    Files.writeString(
        root.resolve("extlinux/extlinux.conf"),
        """
        default linux
        timeout 1
        label linux
          kernel /vmlinux
          initrd /initrd
          append console=ttyS0 from=extlinux
        """);
    Path disk = folder.resolve("disk.img");
    run(List.of("truncate", "-s", "90M", disk.toString()), "");
    run(List.of(SFDISK.toString(), "-q", disk.toString()), PARTITION);
    run(
        List.of(
            MKE2FS.toString(),
            "-q",
            "-t",
            "ext4",
            "-E",
            "offset=1048576",
            "-d",
            root.toString(),
            disk.toString(),
            "88M"),
        "");
    return disk;
  }

  private static void run(List<String> command, String input)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var in = process.outputWriter()) {
      in.write(input);
    }
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
  }

  private void boots(Engine engine, Path image, Boot boot, int cpus)
      throws InterruptedException, IOException {
    boots(engine, image, boot, cpus, BoardOptions.USUAL);
  }

  private void boots(Engine engine, Path image, Boot boot, int cpus, BoardOptions options)
      throws InterruptedException, IOException {
    try (RawDisk disk = RawDisk.open(image, true);
        TestVm vm =
            TestVm.start(
                engine, boot, cpus, MEMORY_MIB, c -> c.disks(List.of(disk)).options(options))) {
      vm.console().await("Starting kernel", LIMIT);
      vm.console().await(LinuxGuest.BOOTED, LIMIT);
      vm.console().await("from=extlinux", LIMIT);
      vm.console().await("\n" + cpus + "\r", LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  private static Boot.KernelBoot kernel(Optional<Image> tree) {
    return new Boot.KernelBoot(Image.file(U_BOOT), Optional.empty(), "", tree);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void itBootsADistributionAsAKernel(Engine engine) throws IOException, InterruptedException {
    boots(engine, disk(), kernel(Optional.empty()), 2);
  }

  /** Which finds the disk behind the host bridge, and leaves both for the kernel. */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void itBootsADistributionFromADiskOnPci(Engine engine) throws IOException, InterruptedException {
    boots(engine, disk(), kernel(Optional.empty()), 1, new BoardOptions(true, Set.of()));
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void itBootsADistributionWithATreeOfTheUsers(Engine engine)
      throws IOException, InterruptedException {
    Path image = disk();
    byte[] tree;
    try (RawDisk disk = RawDisk.open(image, true)) {
      tree =
          VirtualMachine.deviceTree(
              VmConfig.builder(engine, kernel(Optional.empty()))
                  .memory((long) MEMORY_MIB << 20)
                  .console(new ScriptedConsole())
                  .effects(Effects.host(bytes -> {}))
                  .disks(List.of(disk))
                  .build());
    }
    boots(engine, image, kernel(Optional.of(Image.bytes("own.dtb", tree))), 1);
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void itBootsADistributionBehindOpenSbi(Engine engine) throws IOException, InterruptedException {
    assumeTrue(Files.exists(OPENSBI), "opensbi is not installed");
    Boot boot =
        new Boot.FirmwareBoot(
            Image.file(OPENSBI),
            Optional.of(Image.file(U_BOOT)),
            Optional.empty(),
            "",
            Optional.empty());
    boots(engine, disk(), boot, 1);
  }
}
