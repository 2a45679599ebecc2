package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.FwCfgFile;
import atoll.engine.MmuKind;
import atoll.host.Clock;
import atoll.isa.Assembler;
import atoll.kernel.DetachedMemory;
import atoll.kernel.Microkernel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machines that start from flash, with small programs there. */
class FlashBootTest {
  private static final String NAMES =
      """
      .equ FINISHER, 0x100000
      .equ CODE, 0x20000000
      .equ VARS, 0x22000000
      .equ FW, 0x10100000
      """;

  /** Ends with 0x5555, a power-off with 0, if all went well, or with the failure code in a0. */
  private static final String END =
      """

      end:
        li t6, FINISHER
        bnez a0, bad
        li t5, 0x5555
        sw t5, 0(t6)
      bad:
        slli a0, a0, 16
        li t5, 0x3333
        or a0, a0, t5
        sw a0, 0(t6)
      stay:
        j stay
      """;

  private final FlashFile variables = new FlashFile();

  private static Image code(String source) {
    String all = NAMES + source + (source.contains("end:") ? "" : END);
    return Fixture.image("code.fd", Assembler.assemble(all, BoardPlan.FLASH_BASE));
  }

  private VmConfig.Builder machine(String source) {
    return Fixture.config(new Boot.FlashBoot(Optional.empty()))
        .flash(new FirmwareFlash(code(source), variables));
  }

  private static void ends(VmConfig.Builder config, int code) throws InterruptedException {
    assertThat(Fixture.run(config.build()).outcome()).isEqualTo(new Outcome.Poweroff(code));
  }

  @Test
  void itIsEnteredInSupervisorModeAtTheFirstBankWithItsTree() throws InterruptedException {
    ends(
        machine(
            """
              csrr t0, sstatus
              lw t1, 0(a1)
              li t2, 0xedfe0dd0
              sub a0, t1, t2
              slli a0, a0, 32
              srli a0, a0, 32
            """),
        0);
  }

  /** It can be read as memory, and a store to it changes nothing. */
  @ParameterizedTest
  @EnumSource(value = MmuKind.class, names = "DIRECT", mode = EnumSource.Mode.EXCLUDE)
  void codeInFlashIsReadAndNotChanged(MmuKind mmu) throws InterruptedException {
    VmConfig.Builder config =
        machine(
            """
              li s0, CODE
              ld s1, 0(s0)
              li t1, -1
              sd t1, 0(s0)
              li t1, 0x98
              sb t1, 0x155(s0)
              ld t2, 0(s0)
              xor a0, s1, t2
              snez a0, a0
            """);
    ends(config.mmu(mmu), 0);
  }

  /** By Sv39 with a root table in flash, whose entry for RAM has no accessed bit. */
  @Test
  void aPageTableInFlashIsReadButItsAccessedBitsAreNotSet() throws InterruptedException {
    String walk =
        """
          la t0, caught
          csrw stvec, t0
          li t0, 0x8000000000020001
          csrw satp, t0
          sfence.vma
          li s0, 0x80004000
          ld t1, 0(s0)
          li a0, 1
          j end
          .balign 4
        caught:
          csrr t1, scause
          li t2, 5
          xor a0, t1, t2
          snez a0, a0
        """;
    String table = ".balign 4096\n .dword 0xcf, 0, 0x2000000f";
    ends(machine(walk + END + table), 0);
  }

  @Test
  void variablesAreKeptFromOneLifeToTheNext() throws InterruptedException {
    String source =
        """
          li s0, VARS
          lw a0, 0x40(s0)
          bnez a0, done
          li t0, 0x200020
          sw t0, 0(s0)
          li t0, 0xd000d0
          sw t0, 0(s0)
          jal wait
          li t0, 0x400040
          sw t0, 0x40(s0)
          li t0, 7
          sw t0, 0x40(s0)
          jal wait
          li a0, 1
          j done
        wait:
          lw t1, 0(s0)
          andi t1, t1, 0x80
          beqz t1, wait
          ret
        done:
        """;
    ends(machine(source), 1);
    assertThat(variables.bytes[0x40]).isEqualTo((byte) 7);
    ends(machine(source), 7);
  }

  @Test
  void firmwareReadsItsConfigurationByDma() throws InterruptedException {
    VmConfig.Builder config =
        machine(
            """
              li s0, FW
              li s1, 0x80001000
              li t0, 0x0a002000
              sw t0, 0(s1)
              li t0, 0x01000000
              sw t0, 4(s1)
              li t0, 0x0020008000000000
              sd t0, 8(s1)
              li t0, 0x0010008000000000
              sd t0, 16(s0)
              lw t1, 0(s1)
              snez a0, t1
              bnez a0, end
              li s2, 0x80002000
              lbu a0, 0(s2)
            """);
    ends(config.fwCfg(List.of(FwCfgFile.of("opt/n", "\u0005"))), 5);
  }

  @Test
  void aMachineGoesOnInTheMiddleOfACommand() throws InterruptedException {
    String source =
        """
          li s0, VARS
          li t0, 0x900090
          sw t0, 0(s0)
          li s2, 0x80003000
          sw t0, 0(s2)
        wait:
          lw t1, 4(s2)
          beqz t1, wait
          lw a0, 4(s0)
          li t1, 0x180018
          xor a0, a0, t1
          snez a0, a0
        """;
    try (Microkernel board = Microkernel.dedicated(Clock.host(), 1)) {
      VmState state;
      DetachedMemory memory;
      try (VirtualMachine vm = VirtualMachine.create(machine(source).build(), board)) {
        vm.start();
        while (vm.machine().memory().getInt(0x8000_3000L) == 0) {
          Thread.onSpinWait();
        }
        vm.pause();
        state = vm.state();
        memory = vm.detach();
      }
      try (VirtualMachine vm =
          VirtualMachine.restore(machine(source).build(), board, state, memory)) {
        vm.machine().memory().putInt(0x8000_3004L, 1);
        vm.start();
        assertThat(vm.awaitEnd()).isEqualTo(new Outcome.Poweroff(0));
      }
    }
  }

  @Test
  void whatCannotBeInFlashIsRefused() {
    assertThatThrownBy(() -> Fixture.config(new Boot.FlashBoot(Optional.empty())).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("is to start from flash, but has none");
    assertThatThrownBy(() -> machine("nop").mmu(MmuKind.DIRECT).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("no firmware does");
    refused(Fixture.image("big.fd", new byte[(32 << 20) + 1]), "big.fd has 33554433 bytes");
    refused(Fixture.image("code.elf", Elf.of("nop", Fixture.RAM)), "code.elf is an ELF file");
    refused(Image.file(Path.of("/no/code.fd")), "/no/code.fd does not exist");
    assertThatThrownBy(() -> machine("nop").fwCfg(twice()).build())
        .isInstanceOf(VmException.class)
        .hasMessageContaining("'opt/a' twice");
  }

  private static List<FwCfgFile> twice() {
    return List.of(FwCfgFile.of("opt/a", "1"), FwCfgFile.of("opt/a", "2"));
  }

  private void refused(Image code, String why) {
    VmConfig config =
        Fixture.config(new Boot.FlashBoot(Optional.empty()))
            .flash(new FirmwareFlash(code, variables))
            .build();
    assertThat(VirtualMachine.check(config).problems())
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.part()).isEqualTo(BootPart.FIRMWARE);
          assertThat(problem.message()).contains(why);
        });
  }
}
