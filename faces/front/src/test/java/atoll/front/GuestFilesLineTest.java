package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that the command line is given: guests, device trees, scenarios, outputs. */
class GuestFilesLineTest extends CommandLineFixture {
  @Test
  void aFileAsGuestIsExplained() throws IOException {
    Path image = Files.createFile(folder.resolve("Image"));
    assertThat(run("run", image.toString())).isEqualTo(2);
    assertThat(said()).contains("is a file").contains("--kernel " + image).hasLineCount(1);
  }

  @Test
  void aFileThatIsNoKernelIsSaid() throws IOException {
    Path text = Files.writeString(folder.resolve("readme.txt"), "This is no kernel at all.\n");
    assertThat(run("run", "--kernel", text.toString())).isEqualTo(125);
    assertThat(said()).contains("readme.txt").contains("not a RISC-V kernel").hasLineCount(1);
  }

  @Test
  void theDeviceTreeCanBeWritten() throws IOException {
    Path tree = folder.resolve("virt.dtb");
    assertThat(run("run", "hello", "--cpus", "2", "--dump-dtb", tree.toString())).isZero();
    byte[] magic = {(byte) 0xd0, 0x0d, (byte) 0xfe, (byte) 0xed};
    assertThat(Files.readAllBytes(tree)).startsWith(magic);
  }

  @Test
  void theDeviceTreeHasWhatTheOptionsAdd() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[1024]);
    assertThat(virtioDevices()).isEqualTo(1);
    assertThat(virtioDevices("--virtio-console")).isEqualTo(2);
    assertThat(virtioDevices("--disk", disk.toString())).isEqualTo(2);
    assertThat(virtioDevices("--disk", disk + ",ro", "--virtio-console")).isEqualTo(3);
    assertThat(virtioDevices("--disk", disk + ",ro,pci", "--disk", disk + ",pci,ro")).isEqualTo(1);
    assertThat(virtioDevices("--disk", disk + ",iops=100,ro,bps=10M")).isEqualTo(2);
    assertThat(virtioDevices("--disk", disk.toString(), "--pci")).isZero();
    assertThat(virtioDevices("--disk", disk.toString(), "--share", folder + ",ro,exclusive,tag=x"))
        .isEqualTo(3);
    assertThat(virtioDevices("--net", "user,restrict", "--net", "user")).isEqualTo(3);
    assertThat(virtioDevices("--display")).isEqualTo(4);
    assertThat(virtioDevices("--display", "800x600", "--pci")).isZero();
    assertThat(virtioDevices("--vnc", "5901", "--display=64x64")).isEqualTo(4);
    Files.write(disk, new byte[1000]);
    Path tree = folder.resolve("none.dtb");
    assertThat(run("run", "hello", "--disk", disk.toString(), "--dump-dtb", tree.toString()))
        .isEqualTo(125);
    assertThat(said()).contains("disk.img has 1000 bytes");
    assertThat(tree).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"hello, 31, 30", "linux, 30, 29"})
  void moreDisksThanThereIsRoomForAreWrong(String guest, int disks, int most) {
    List<String> line = new ArrayList<>(List.of("run", guest));
    for (int n = 0; n < disks; n++) {
      line.addAll(List.of("--disk", "disk" + n));
    }
    assertThat(run(line.toArray(String[]::new))).isEqualTo(2);
    assertThat(said()).contains("%d disks are given, expected at most %d".formatted(disks, most));
  }

  private int virtioDevices(String... options) throws IOException {
    Path tree = folder.resolve("options.dtb");
    List<String> line = new ArrayList<>(List.of("run", "hello", "--dump-dtb", tree.toString()));
    line.addAll(List.of(options));
    assertThat(run(line.toArray(String[]::new))).isZero();
    return Files.readString(tree, StandardCharsets.ISO_8859_1).split("virtio_mmio@", -1).length - 1;
  }

  @Test
  void aDeviceTreeThatIsNoneIsSaidWithItsField() throws IOException {
    Path tree = folder.resolve("t.dtb");
    assertThat(run("run", "hello", "--dump-dtb", tree.toString())).isZero();
    byte[] blob = Files.readAllBytes(tree);
    Arrays.fill(blob, 8, 11, (byte) 0xff);
    blob[11] = (byte) 0xf0;
    Files.write(tree, blob);
    Path kernel = Files.write(folder.resolve("kernel"), new byte[8]);
    int code = run("run", "--firmware", kernel.toString(), "--dtb", tree.toString());
    assertThat(code).isEqualTo(125);
    assertThat(said())
        .contains("t.dtb is not a valid device tree blob: off_dt_struct is 4294967280 (0xfffffff0)")
        .hasLineCount(1);
  }

  @Test
  void aScenarioThatCanRunIsSummarised() throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), SCENARIO);
    assertThat(run("validate", file.toString())).isZero();
    assertThat(shown())
        .isEqualTo(
            file + ": one: 1 CPU and 64M of memory (16M given out); 1 VM: hello; no channels\n");
    assertThat(said()).isEmpty();
  }

  @Test
  void allThatIsWrongWithScenariosIsSaidAndTheOthersAreCheckedToo() throws IOException {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            SCENARIO.replace("64M", "8M") + "  two: {}\nchanels: {}\n");
    Path right = Files.writeString(folder.resolve("right.yaml"), SCENARIO);
    assertThat(run("validate", wrong.toString(), "/missing/s.yaml", right.toString())).isEqualTo(2);
    assertThat(said())
        .isEqualTo(
            """
            %1$s:3:27: vms.hello.memory: 16M do not fit: the machine has 8M, and 0B of them are taken by channels and the VMs before this one, expected at most 8M; give less, or more at machine.memory
            %1$s:4:3: vms.two: there is nothing to run, expected builtin, image, kernel, firmware or uefi
            %1$s:4:3: vms.two: the key memory is missing, expected for example memory: 256M
            %1$s:5:1: chanels: unknown key; did you mean channels?
            /missing/s.yaml: there is no such file; check the path
            """
                .formatted(wrong));
    assertThat(shown()).startsWith(right + ": right: 1 CPU").hasLineCount(1);
  }

  /** Keys, references, quantities and files, each of another VM or channel. */
  @Test
  void faultsOfAllKindsAreSaidAtOnce() throws IOException {
    Files.write(folder.resolve("d.img"), new byte[1000]);
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            machine: {cpus: [dedicated, dedicated, fair], memory: 64M}
            vms:
              typing: {builtin: hello, memory: 16M, prioirty: 3}
              far: {builtin: hello, memory: 16M, affinity: 7}
              large: {builtin: hello, memory: 80M, affinity: 2}
              first: {builtin: hello, memory: 16M, affinity: 0}
              second: {builtin: hello, memory: 16M, affinity: 0}
              broken: {builtin: hello, memory: 16M, affinity: 2, disks: [d.img]}
            channels:
              lost: {size: 4K, between: {first: read-write, nobody: read-only}}
            """);
    assertThat(run("validate", file.toString())).isEqualTo(2);
    assertThat(said().lines())
        .extracting(line -> line.replaceFirst("^\\S+:\\d+:\\d+: ", "").replaceFirst(": .*", ""))
        .containsExactly(
            "machine.cpus[0].policy",
            "vms.typing.prioirty",
            "vms.far.affinity[0]",
            "vms.large.memory",
            "vms.broken.disks[0]",
            "channels.lost.between.nobody");
  }

  @Test
  void theDeviceTreeCanGoToAPipe() throws IOException {
    assertThat(run("run", "hello", "--dump-dtb", "-")).isZero();
    assertThat(out.toByteArray()).startsWith(0xd0, 0x0d, 0xfe, 0xed);
    assertThat(said()).isEmpty();
    assertThat(Path.of("-")).doesNotExist();
  }

  @Test
  void aDryRunShowsThePlanToPeopleAndPrograms() throws IOException {
    Path file = Files.writeString(folder.resolve("one.yaml"), SCENARIO);
    assertThat(run("up", file.toString(), "--dry-run")).isZero();
    assertThat(shown()).startsWith("one: 1 CPU").contains("\nCPUs\n", "Who can reach whom");
    out.reset();
    assertThat(run("up", file.toString(), "--dry-run", "--json")).isZero();
    assertThat(shown()).startsWith("{").contains("\"name\" : \"one\"").endsWith("}\n");
    assertThat(said()).isEmpty();
  }

  @Test
  void everyFileThatCannotBeUsedIsSaidWithItsOption() throws IOException {
    Path text = Files.writeString(folder.resolve("readme.txt"), "A text, no image. ".repeat(9));
    Path disk = Files.write(folder.resolve("d.img"), new byte[1000]);
    assertThat(
            run(
                "run",
                "--kernel",
                text.toString(),
                "--dtb",
                text.toString(),
                "--disk",
                disk.toString(),
                "--disk",
                disk.toString()))
        .isEqualTo(125);
    assertThat(said().lines())
        .hasSize(5)
        .allMatch(line -> line.startsWith("atoll: --"))
        .anyMatch(line -> line.startsWith("atoll: --kernel: " + text + " is a text"))
        .anyMatch(line -> line.startsWith("atoll: --dtb: " + text + " is a text"))
        .anyMatch(line -> line.startsWith("atoll: --disk: " + disk + " is given twice"));
  }

  @Test
  void whatAScenariosFilesLackIsSaidByValidateAndUpAlike() throws IOException {
    Files.write(folder.resolve("d.img"), new byte[1000]);
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            SCENARIO.replace("memory: 16M}", "memory: 16M, disks: [d.img]}"));
    for (String[] line : new String[][] {{"validate"}, {"up"}, {"up", "--dry-run"}}) {
      err.reset();
      List<String> words = new ArrayList<>(List.of(line));
      words.add(file.toString());
      assertThat(run(words.toArray(String[]::new))).isEqualTo(2);
      assertThat(said())
          .startsWith(file + ":3:48: vms.hello.disks[0]: disk image ")
          .contains("has 1000 bytes, expected a multiple of 512")
          .hasLineCount(1);
    }
    assertThat(shown()).isEmpty();
  }

  @Test
  void notesAreSaidBesideTheResult() throws IOException {
    byte[] packed = {0x1f, (byte) 0x8b, 8};
    Files.write(folder.resolve("d.gz"), Arrays.copyOf(packed, 1024));
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            SCENARIO.replace(
                "memory: 16M}", "memory: 16M, disks: [{file: d.gz, read-only: true}]}"));
    assertThat(run("validate", file.toString())).isZero();
    assertThat(said()).contains("vms.hello.disks[0]: note: disk image").hasLineCount(1);
    assertThat(shown()).startsWith(file + ": s: 1 CPU").hasLineCount(1);
  }

  @Test
  void theDeviceTreeHasThePagingThatWasAskedFor() throws IOException {
    for (String paging : List.of("sv39", "sv48", "sv57")) {
      Path tree = folder.resolve(paging + ".dtb");
      assertThat(run("run", "hello", "--paging", paging, "--dump-dtb", tree.toString())).isZero();
      assertThat(Files.readString(tree, StandardCharsets.ISO_8859_1)).contains("riscv," + paging);
    }
  }

  @Test
  void aFileForNamesThatHasNoneIsRefused() throws IOException {
    Path image = Files.write(folder.resolve("wild.bin"), new byte[] {0, 0, 0, 0});
    String file = image.toString();
    assertThat(run("run", "--firmware", file, "--symbols", file)).isEqualTo(125);
    assertThat(said())
        .contains(
            "atoll: --symbols: " + file + " has no names of places, expected an ELF file with");
  }
}
