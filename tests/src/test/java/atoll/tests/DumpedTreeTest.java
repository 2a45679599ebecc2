package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.image.GuestProgram;
import atoll.isa.Assembler;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.VmDescription;
import atoll.testkit.ManagedMachine;
import atoll.vmm.FdtNode;
import atoll.vmm.FdtReader;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code run --dump-dtb} writes is what the same run's guest finds. */
@Tag("slow")
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class DumpedTreeTest {
  private static final long KERNEL_BASE = 0x8020_0000L;
  private static final long RAM = 0x8000_0000L;

  /** Hart 0 writes the whole of its tree to the UART and switches the machine off. */
  private static final String PRINTER =
      """
      bnez a0, others
      mv s1, a1
      lbu t0, 4(s1)
      lbu t1, 5(s1)
      lbu t2, 6(s1)
      lbu t3, 7(s1)
      slli t0, t0, 24
      slli t1, t1, 16
      slli t2, t2, 8
      or t0, t0, t1
      or t0, t0, t2
      or t0, t0, t3
      add s2, s1, t0
      li s3, 0x10000000
      next:
      lbu t0, 0(s1)
      sb t0, 0(s3)
      addi s1, s1, 1
      bne s1, s2, next
      li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)
      others:
      j others
      """;

  @Parameter Engine engine;
  @TempDir Path folder;
  private Path kernel;
  private Path firmware;

  @BeforeEach
  void makeGuests() throws IOException {
    kernel = Files.write(folder.resolve("kernel"), Assembler.assemble(PRINTER, KERNEL_BASE));
    firmware = Files.write(folder.resolve("firmware"), Assembler.assemble(PRINTER, RAM));
  }

  private Guest supervisor(Optional<Path> initrd, Optional<Path> tree, String words) {
    return new Guest.Custom(
        new Guest.Images(Optional.of(kernel), Optional.empty(), initrd, tree, words));
  }

  private Guest machine(Optional<Path> next) {
    return new Guest.Custom(
        new Guest.Images(next, Optional.of(firmware), Optional.empty(), Optional.empty(), "a b"));
  }

  private VmDescription vm(Guest guest, int cpus, List<DiskSpec> disks, boolean virtioConsole) {
    return ManagedMachine.vm(guest, engine.name(), cpus, disks)
        .console(virtioConsole ? ConsoleKind.VIRTIO : ConsoleKind.SERIAL)
        .build();
  }

  private List<DiskSpec> disks(int count) throws IOException {
    List<DiskSpec> disks = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      Path file = Files.write(folder.resolve("disk" + n), new byte[4096]);
      disks.add(new DiskSpec(file, n % 2 == 1));
    }
    return disks;
  }

  private static byte[] found(VmDescription vm) {
    try (ManagedMachine machine = ManagedMachine.start(vm)) {
      assertThat(machine.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      return machine.serial().text().getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  private static FdtNode root(byte[] blob) {
    return FdtReader.read("blob", MemorySegment.ofArray(blob)).root();
  }

  /** The blob with zeroes for its seed, which is another one each time. */
  static byte[] withoutSeed(byte[] blob) {
    byte[] seed = root(blob).find("chosen").orElseThrow().property("rng-seed").orElseThrow();
    byte[] same = blob.clone();
    for (int at = 0; at <= blob.length - seed.length; at++) {
      if (Arrays.equals(blob, at, at + seed.length, seed, 0, seed.length)) {
        Arrays.fill(same, at, at + seed.length, (byte) 0);
      }
    }
    return same;
  }

  private static void isDumped(VmDescription vm) {
    assertThat(withoutSeed(found(vm)))
        .as("%s", vm)
        .isEqualTo(withoutSeed(ManagedMachine.deviceTree(vm)));
  }

  @Test
  void aKernelFindsWhatIsDumpedWithEveryOption() throws IOException, InterruptedException {
    Optional<Path> initrd = Optional.of(Files.write(folder.resolve("initrd"), new byte[5000]));
    for (boolean virtioConsole : new boolean[] {false, true}) {
      for (int disks = 0; disks <= 3; disks++) {
        Guest guest =
            supervisor(disks == 0 ? Optional.empty() : initrd, Optional.empty(), "w" + disks);
        isDumped(vm(guest, 1 + disks, disks(disks), virtioConsole));
      }
    }
  }

  @Test
  void firmwareFindsWhatIsDumpedWithEveryOption() throws IOException, InterruptedException {
    for (boolean virtioConsole : new boolean[] {false, true}) {
      isDumped(vm(machine(Optional.empty()), 1, List.of(), virtioConsole));
      isDumped(vm(machine(Optional.of(kernel)), 3, disks(2), virtioConsole));
    }
  }

  @Test
  void aDumpedTreeGivenBackIsFoundAsItIs() throws IOException, InterruptedException {
    VmDescription first =
        vm(supervisor(Optional.empty(), Optional.empty(), "one two"), 2, disks(1), true);
    Path tree = Files.write(folder.resolve("t.dtb"), ManagedMachine.deviceTree(first));
    VmDescription again =
        vm(supervisor(Optional.empty(), Optional.of(tree), ""), 2, disks(1), true);
    isDumped(again);
    assertThat(withoutSeed(found(again))).isEqualTo(withoutSeed(Files.readAllBytes(tree)));
  }

  /** Programs of ours print no trees; theirs are those of a guest of the user's in their place. */
  @Test
  void everyProgramOfOursHasTheTreeOfItsKindOfMachine() throws IOException {
    for (GuestProgram program : GuestProgram.values()) {
      Guest ours = new Guest.Program(program, "a b");
      Guest other =
          ours.machineMode()
              ? machine(Optional.empty())
              : supervisor(Optional.empty(), Optional.empty(), "a b");
      for (boolean virtioConsole : new boolean[] {false, true}) {
        assertThat(tree(vm(ours, 2, disks(1), virtioConsole)))
            .as(program.id())
            .isEqualTo(tree(vm(other, 2, disks(1), virtioConsole)));
      }
    }
  }

  private static byte[] tree(VmDescription vm) {
    return withoutSeed(ManagedMachine.deviceTree(vm));
  }
}
