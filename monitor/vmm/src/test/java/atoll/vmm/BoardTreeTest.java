package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Paging;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoardTreeTest {
  private static final byte[] GUEST = Elf.of("j .", Fixture.RAM + 2 * Fixture.MIB);

  @TempDir Path directory;

  private static FdtNode tree(VmConfig.Builder config) {
    byte[] blob = VirtualMachine.deviceTree(config.build());
    return FdtReader.read("generated", MemorySegment.ofArray(blob)).root();
  }

  private static FdtNode kernelTree(int cpus) {
    return tree(Fixture.config(Fixture.kernel(GUEST)).cpus(cpus));
  }

  private static FdtNode firmwareTree(int cpus) {
    return tree(Fixture.config(Fixture.firmware(GUEST)).cpus(cpus));
  }

  private static FdtNode at(FdtNode root, String... path) {
    FdtNode node = root;
    for (String name : path) {
      node = node.find(name).orElseThrow(() -> new AssertionError("no node " + name));
    }
    return node;
  }

  private static List<Integer> cells(FdtNode node, String property) {
    ByteBuffer bytes = ByteBuffer.wrap(node.property(property).orElseThrow());
    List<Integer> cells = new ArrayList<>();
    while (bytes.hasRemaining()) {
      cells.add(bytes.getInt());
    }
    return cells;
  }

  private static List<String> strings(FdtNode node, String property) {
    byte[] bytes = node.property(property).orElseThrow();
    return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
  }

  @Test
  void theWidestPagingIsThatOfTheMachine() {
    for (Paging paging : Paging.values()) {
      FdtNode cpus = at(tree(Fixture.config(Fixture.kernel(GUEST)).cpus(2).paging(paging)), "cpus");
      for (String cpu : List.of("cpu@0", "cpu@1")) {
        assertThat(strings(at(cpus, cpu), "mmu-type")).containsExactly("riscv," + paging.id());
      }
    }
  }

  @Test
  void everyHartIsDescribedWithItsExtensionsInBothForms() {
    FdtNode cpus = at(kernelTree(3), "cpus");
    assertThat(cells(cpus, "timebase-frequency")).containsExactly(10_000_000);
    for (int hart = 0; hart < 3; hart++) {
      FdtNode cpu = at(cpus, "cpu@" + hart);
      assertThat(cells(cpu, "reg")).containsExactly(hart);
      assertThat(strings(cpu, "mmu-type")).containsExactly("riscv,sv57");
      assertThat(strings(cpu, "riscv,isa-base")).containsExactly("rv64i");
      assertThat(strings(cpu, "riscv,isa-extensions"))
          .startsWith("i", "m", "a", "f", "d", "c")
          .contains("zicsr", "zba", "zicboz", "zfhmin", "sstc", "svpbmt", "svvptc")
          .doesNotContain("sscofpmf", "v");
      assertThat(strings(cpu, "riscv,isa").getFirst()).startsWith("rv64imafdch_zic64b_zicbom");
      assertThat(cells(cpu, "riscv,cboz-block-size")).containsExactly(64);
    }
    assertThat(cpus.find("cpu@3")).isEmpty();
  }

  @Test
  void supervisorEntryLeavesMachineModeOut() {
    FdtNode soc = at(kernelTree(2), "soc");
    assertThat(soc.find("clint@2000000")).isEmpty();
    assertThat(cells(at(soc, "plic@c000000"), "interrupts-extended"))
        .containsExactly(0x10, -1, 0x10, 9, 0x11, -1, 0x11, 9);
    assertThat(cells(at(soc, "sswi@2f00000"), "interrupts-extended"))
        .containsExactly(0x10, 1, 0x11, 1);
  }

  @Test
  void machineEntryHasClintAndBothContextsOfEachHart() {
    FdtNode soc = at(firmwareTree(2), "soc");
    assertThat(cells(at(soc, "clint@2000000"), "interrupts-extended"))
        .containsExactly(0x10, 3, 0x10, 7, 0x11, 3, 0x11, 7);
    assertThat(cells(at(soc, "plic@c000000"), "interrupts-extended"))
        .containsExactly(0x10, 11, 0x10, 9, 0x11, 11, 0x11, 9);
  }

  @Test
  void devicesAreWhereTheVirtBoardHasThem() {
    FdtNode root = kernelTree(1);
    FdtNode soc = at(root, "soc");
    assertThat(cells(at(soc, "serial@10000000"), "interrupts")).containsExactly(10);
    assertThat(cells(at(soc, "rtc@101000"), "interrupts")).containsExactly(11);
    assertThat(cells(at(soc, "virtio_mmio@10001000"), "interrupts")).containsExactly(1);
    assertThat(cells(at(root, "memory@80000000"), "reg"))
        .containsExactly(0, 0x8000_0000, 0, 64 << 20);
    assertThat(cells(at(root, "poweroff"), "value")).containsExactly(0x5555);
    assertThat(cells(at(root, "poweroff"), "regmap"))
        .isEqualTo(cells(at(soc, "test@100000"), "phandle"));
  }

  @Test
  void onlyVirtioSlotsInUseAreListed() {
    VmConfig.Builder config = Fixture.config(Fixture.kernel(GUEST));
    FdtNode soc = at(tree(config.virtioConsole(new Fixture.Console())), "soc");
    assertThat(soc.find("virtio_mmio@10002000")).isPresent();
    assertThat(soc.find("virtio_mmio@10003000")).isEmpty();
  }

  @Test
  void eachChannelHasItsNodeAndItsPin() {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      List<ChannelPort> ports =
          List.of(
              ChannelPort.pair(board, "one", 8192, true, true).getFirst(),
              ChannelPort.pair(board, "two", 4096, true, false).getLast());
      VmConfig.Builder config = Fixture.config(Fixture.kernel(GUEST)).channels(ports);
      FdtNode soc = at(tree(config), "soc");
      FdtNode two = at(soc, "channel@4001000");
      assertThat(strings(two, "label")).containsExactly("two");
      assertThat(strings(two, "compatible")).containsExactly("atoll,channel", "generic-uio");
      assertThat(cells(two, "reg"))
          .containsExactly(0, 0x400_1000, 0, 0x1000, 0, 0x600_2000, 0, 0x1000);
      assertThat(cells(two, "interrupts")).containsExactly(65);
      FdtNode gpio = at(soc, "gpio@4010000");
      assertThat(cells(gpio, "interrupts")).containsExactly(80, 81);
      assertThat(cells(two, "doorbell-gpios"))
          .containsExactly(cells(gpio, "phandle").getFirst(), 1, 0);
    }
  }

  @Test
  void roomForEditsInPlaceIsCounted() {
    for (Boot boot : List.of(Fixture.kernel(GUEST), Fixture.firmware(GUEST))) {
      byte[] blob = VirtualMachine.deviceTree(Fixture.config(boot).build());
      assertThat(FdtReader.read("generated", MemorySegment.ofArray(blob)).padding())
          .isEqualTo(8192);
    }
  }

  @Test
  void chosenTellsOfCommandLineRamDiskAndSeed() {
    Boot boot =
        new Boot.KernelBoot(
            Fixture.image("kernel", GUEST),
            Optional.of(Fixture.image("initrd", new byte[5000])),
            "console=ttyS0 quiet",
            Optional.empty());
    FdtNode chosen = at(tree(Fixture.config(boot)), "chosen");
    assertThat(strings(chosen, "bootargs")).containsExactly("console=ttyS0 quiet");
    assertThat(strings(chosen, "stdout-path")).containsExactly("/soc/serial@10000000");
    assertThat(chosen.property("rng-seed").orElseThrow()).hasSize(64).containsOnly(0x5a);
    long start = ByteBuffer.wrap(chosen.property("linux,initrd-start").orElseThrow()).getLong();
    long end = ByteBuffer.wrap(chosen.property("linux,initrd-end").orElseThrow()).getLong();
    assertThat(end - start).isEqualTo(5000);
    assertThat(start % 4096).isZero();
    assertThat(end).isLessThanOrEqualTo(Fixture.RAM + 64 * Fixture.MIB);
  }

  @Test
  void givenTreeIsKeptAndOnlyChosenIsFilled() {
    FdtNode own = new FdtNode("").strings("model", "mine");
    own.child("chosen").strings("stdout-path", "/elsewhere");
    Boot boot =
        new Boot.KernelBoot(
            Fixture.image("kernel", GUEST),
            Optional.empty(),
            "quiet",
            Optional.of(Fixture.image("own.dtb", FdtWriter.write(FdtTree.of(own)))));
    FdtNode root = tree(Fixture.config(boot));
    assertThat(strings(root, "model")).containsExactly("mine");
    assertThat(root.children()).hasSize(1);
    assertThat(strings(at(root, "chosen"), "stdout-path")).containsExactly("/elsewhere");
    assertThat(strings(at(root, "chosen"), "bootargs")).containsExactly("quiet");
  }

  /** dtc is the reference for the format; it also warns of what violates the specification. */
  @Test
  void deviceTreeCompilerAcceptsItWithoutWarnings() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dtc")), "dtc is not installed");
    Microkernel board = Microkernel.dedicated(Clock.host(), 1);
    for (Boot boot : List.of(Fixture.kernel(GUEST), Fixture.firmware(GUEST))) {
      VmConfig.Builder config = Fixture.config(boot).cpus(32);
      config.virtioConsole(new Fixture.Console());
      config.channels(ChannelPort.pair(board, "channel", 4096, true, true));
      Path blob = directory.resolve("board.dtb");
      Path source = directory.resolve("board.dts");
      Path messages = directory.resolve("messages");
      Files.write(blob, VirtualMachine.deviceTree(config.build()));
      Process dtc =
          new ProcessBuilder(
                  "/usr/bin/dtc",
                  "-I",
                  "dtb",
                  "-O",
                  "dts",
                  "-o",
                  source.toString(),
                  blob.toString())
              .redirectErrorStream(true)
              .redirectOutput(messages.toFile())
              .start();
      assertThat(dtc.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(dtc.exitValue()).isZero();
      assertThat(Files.readString(messages)).isEmpty();
      assertThat(Files.readString(source)).contains("cpu@1f", "channel@4001000");
    }
    board.close();
  }
}
