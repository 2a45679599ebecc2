package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import atoll.disk.RawDisk;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import atoll.isa.Assembler;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is known from the files and the host is said by a check, at the key that it concerns. */
class HostRulesTest {
  private static final long RAM = 0x8000_0000L;

  @TempDir private Path folder;

  @BeforeEach
  void makeImages() throws IOException {
    write("good.elf", elf(RAM + (2 << 20), 0x100));
    byte[] narrow = elf(RAM, 0);
    narrow[4] = 1;
    write("narrow.elf", narrow);
    write("low.elf", elf(0x1000, 0));
    write("wide.elf", elf(RAM + (2 << 20), 20 << 20));
    write("code.bin", Assembler.assemble("nop\n".repeat(16), RAM));
    write("q.img", Arrays.copyOf("QFI\u00fb".getBytes(StandardCharsets.ISO_8859_1), 65_536));
    write("odd.img", new byte[1000]);
    write("disk.img", new byte[4096]);
    write("packed.img", Arrays.copyOf(new byte[] {0x1f, (byte) 0x8b, 8}, 1024));
    write(
        "text.txt",
        "This is a text and nothing else.\n".repeat(4).getBytes(StandardCharsets.US_ASCII));
    write("large.img", new byte[9 << 20]);
    Files.createSymbolicLink(folder.resolve("link.img"), folder.resolve("disk.img"));
    Files.createLink(folder.resolve("hard.img"), folder.resolve("disk.img"));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private static byte[] elf(long address, int zeroes) {
    byte[] code = Assembler.assemble("j .", address);
    ByteBuffer elf = ByteBuffer.allocate(0x1000 + code.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
    elf.putShort(16, (short) 2).putShort(18, (short) 243).putInt(20, 1);
    elf.putLong(24, address).putLong(32, 64);
    elf.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 1);
    elf.putInt(64, 1).putInt(68, 7).putLong(72, 0x1000).putLong(80, address).putLong(88, address);
    elf.putLong(96, code.length).putLong(104, code.length + (long) zeroes);
    return elf.put(0x1000, code).array();
  }

  private Path scenario(String vm, String machine) throws IOException {
    return Files.writeString(
        folder.resolve("s.yaml"), "machine: %s\nvms:\n  one: %s\n".formatted(machine, vm));
  }

  private ScenarioPlan plan(Path file) {
    return new Manager(
            Clock.host(),
            Effects.host(),
            name -> name.equals("XDG_CACHE_HOME") ? folder.toString() : null)
        .perform(new PlanAction.Plan(file));
  }

  private List<ScenarioProblem> problems(Path file) {
    return catchThrowableOfType(ScenarioException.class, () -> plan(file)).problems();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kernel: narrow.elf, memory: 8M}                        | kernel   | is for 32-bit RISC-V
          {kernel: low.elf, memory: 8M}                           | kernel   | wants to be at 0x1000
          {kernel: text.txt, memory: 8M}                          | kernel   | is a text file, not a RISC-V kernel
          {kernel: wide.elf, memory: 8M}                          | memory   | give it 30 MiB or more
          {firmware: q.img, memory: 8M}                           | firmware | is a qcow2 disk image, not a firmware image
          {firmware: wide.elf, kernel: good.elf, memory: 64M}     | firmware | overlaps
          {kernel: good.elf, initrd: q.img, memory: 8M}           | initrd   | is a qcow2 disk image
          {kernel: good.elf, initrd: large.img, memory: 8M}       | memory   | needs 0x900000 bytes
          {kernel: good.elf, dtb: text.txt, memory: 8M}           | dtb      | is a text file, not a device tree
          {builtin: linux, memory: 16M}                           | memory   | 16M are too little for Debian's kernel
          {builtin: linux, memory: 84M}                           | memory   | 84M are too little
          {uefi: true, memory: 64M}                               | memory   | 64M are too little for UEFI firmware, expected 128M or more
          {uefi: {code: good.elf}, memory: 8M}                    | uefi     | good.elf is an ELF file, and flash has bytes as they are
          {uefi: {code: large.img, vars: disk.img}, memory: 8M}   | uefi     | and a bank of flash for variables 32M
          {builtin: linux, kernel: good.elf, memory: 8M}          | kernel   | brings its own
          {builtin: hello, memory: 4K}                            | memory   | hello.elf needs
          {builtin: hello, memory: 8M, disks: [odd.img]}          | disks[0] | has 1000 bytes, expected a multiple of 512
          {builtin: hello, memory: 8M, disks: [disk.img, q.img]}  | disks[1] | is qcow2 version 0
          {builtin: hello, memory: 8M, disks: [packed.img]}       | disks[0] | which a guest would overwrite
          {builtin: hello, memory: 8M, disks: [disk.img, link.img]} | disks[1] | is also a disk of one
          {builtin: hello, memory: 8M, disks: [disk.img, hard.img]} | disks[1] | is also a disk of one
          {kernel: good.elf, initrd: disk.img, memory: 8M, files: {/a: large.img}} | files | 9M in all, expected at most 8M
          {builtin: hello, memory: 2T}                            | memory   | 2T are more than a board has room for
          """)
  void whatUpWouldRefuseIsSaidWithItsPlaceAndKey(String vm, String key, String message)
      throws IOException {
    Path file = scenario(vm.strip(), "{cpus: 1, memory: 4T}");
    List<ScenarioProblem> problems = problems(file);
    assertThat(problems).hasSize(1);
    ScenarioProblem problem = problems.getFirst();
    assertThat(problem.key()).isEqualTo("vms.one." + key);
    assertThat(problem.line()).isEqualTo(3);
    assertThat(problem.message()).contains(message);
    String line = Files.readAllLines(file).get(2);
    String at = line.substring(problem.column() - 1);
    assertThat(at).as("the column %d", problem.column()).matches("(?s)" + place(key) + ".*");
  }

  /** What stands where a key's value is reported: the key itself, or an item of a list. */
  private static String place(String key) {
    return key.contains("[") ? "[a-z]+\\.img" : key + ":";
  }

  @Test
  void allIsSaidAtOnceInTheOrderOfTheFile() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("s.yaml"),
            """
            machine: {memory: 1G, cpus: [{policy: fair, host-cpu: 1023}]}
            vms:
              one: {kernel: narrow.elf, initrd: q.img, memory: 8M, disks: [odd.img, q.img]}
              two: {builtin: linux, memory: 16M, autostart: false}
            """);
    assertThat(problems(file))
        .extracting(ScenarioProblem::key)
        .containsExactly(
            "machine.cpus[0].host-cpu",
            "vms.one.kernel",
            "vms.one.initrd",
            "vms.one.disks[0]",
            "vms.one.disks[1]",
            "vms.two.memory");
  }

  @Test
  void aProcessorThatTheHostDoesNotHaveIsRefusedWithThoseThatItHas() throws IOException {
    Path file =
        scenario(
            "{builtin: hello, memory: 8M}", "{cpus: [{policy: fair, host-cpu: 1023}], memory: 8M}");
    assertThat(problems(file).getFirst().toString())
        .startsWith(
            file
                + ":1:33: machine.cpus[0].host-cpu: this host has no processor 1023 for Atoll, expected one of ");
  }

  @Test
  void whatIsWorthKnowingAndNoFaultIsANote() throws IOException {
    Path file =
        scenario(
            "{firmware: code.bin, memory: 8M, disks: [{file: packed.img, read-only: true}]}",
            "{cpus: 1, memory: 8M}");
    assertThat(plan(file).notes())
        .extracting(ScenarioProblem::toString)
        .containsExactly(
            file
                + ":3:49: vms.one.disks[0]: note: disk image "
                + folder.resolve("packed.img")
                + " is packed with gzip; the guest gets its bytes as they are",
            file
                + ":3:9: vms.one.firmware: note: "
                + folder.resolve("code.bin")
                + " has no header that is known here; its bytes are taken as code for 0x80000000");
  }

  @Test
  void nothingIsOpenedOrLockedByACheck() throws IOException {
    Path file =
        scenario("{builtin: hello, memory: 8M, disks: [disk.img]}", "{cpus: 1, memory: 8M}");
    try (RawDisk disk = RawDisk.open(folder.resolve("disk.img"), false)) {
      assertThat(plan(file).notes()).isEmpty();
      assertThat(disk.size()).isEqualTo(4096);
    }
  }

  @Test
  void whatIsKnownOnlyAtTheStartIsSaidWithItsPlaceToo() throws IOException {
    Path file =
        scenario("{builtin: hello, memory: 8M, disks: [disk.img]}", "{cpus: 1, memory: 8M}");
    Scenario scenario = plan(file).scenario();
    Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
    SystemAction.CreateSystem create =
        new SystemAction.CreateSystem(scenario, Guest.Linux.NO_TERMINAL, Map.of());
    try (RawDisk disk = RawDisk.open(folder.resolve("disk.img"), false)) {
      assertThat(disk.size()).isEqualTo(4096);
      assertThatThrownBy(() -> manager.perform(create))
          .isInstanceOf(RefusedException.class)
          .hasMessageStartingWith(file + ":3:")
          .hasMessageContainingAll("vms.one.disks[0]: disk image", "in use by another VM");
    }
    Files.write(folder.resolve("disk.img"), new byte[100]);
    assertThatThrownBy(() -> manager.perform(create))
        .hasMessageStartingWith(file + ":3:")
        .hasMessageContaining("has 100 bytes");
  }

  @Test
  void tablesOfATechniqueMustFitIntoMachineMemory() throws IOException {
    String vm = "{builtin: hello, memory: 8M, vcpus: 2, mmu: shadow}";
    assertThat(problems(scenario(vm, "{cpus: 2, memory: 12M}")).getFirst())
        .satisfies(problem -> {
          assertThat(problem.key()).isEqualTo("vms.one.mmu");
          assertThat(problem.line()).isEqualTo(3);
          assertThat(problem.message()).contains("the tables of 'shadow' take 8M", "4M are left");
        });
    assertThat(plan(scenario(vm, "{cpus: 2, memory: 16M}")).memory().used()).isEqualTo(16 << 20);
  }
}
