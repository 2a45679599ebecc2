package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.isa.Assembler;
import atoll.testkit.Engines;
import atoll.testkit.TestVm;
import atoll.vmm.Aia;
import atoll.vmm.BoardOptions;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest learns by an interrupt that others go on from where it does. */
class GenerationTest {
  private static final long ENTRY = 0x8020_0000L;

  /** Prints the number at each interrupt, and a dot for each byte typed. */
  private static final String GUEST =
      """
        la t0, trap; csrw stvec, t0
        li s5, 0x10000000; li s6, 0x103000
        %s
        li t0, 0x200; csrs sie, t0; csrsi sstatus, 2
        li t0, 33; sb t0, 0(s5)
      loop:
        lbu t1, 5(s5); andi t1, t1, 1; beqz t1, loop
        lbu t1, 0(s5)
        li t0, 46; sb t0, 0(s5)
        j loop
        .align 2
      trap:
        lw s7, 0(s4)
        ld a0, 0(s6); call hex
        ld a0, 8(s6); call hex
        li t0, 10; sb t0, 0(s5)
        %s
        sret
      hex:
        li t2, 60
      digit:
        srl t3, a0, t2; andi t3, t3, 15; addi t3, t3, 48
        li t4, 58; bltu t3, t4, print
        addi t3, t3, 39
      print:
        sb t3, 0(s5)
        addi t2, t2, -4; bgez t2, digit
        ret
      """;

  /** Priority 1, enabled for the first hart's S mode, whose claims are at s4. */
  private static final String PLIC =
      """
      li t0, 0x0c000034; li t1, 1; sw t1, 0(t0)
        li t0, 0x0c002080; li t1, 0x2000; sw t1, 0(t0)
        li s4, 0x0c201004\
      """;

  /** A level, with priority 1 for the first hart, directly; claims are at s4. */
  private static final String APLIC =
      """
      li t0, 0x0d000000; li t1, 0x100; sw t1, 0(t0)
        li t1, 6; sw t1, 0x34(t0)
        li t2, 0x0d003034; li t1, 1; sw t1, 0(t2)
        li t2, 0x0d001edc; li t1, 13; sw t1, 0(t2)
        li t2, 0x0d004000; li t1, 1; sw t1, 0(t2)
        li s4, 0x0d00401c\
      """;

  private static String guest(Aia aia) {
    return aia == Aia.NONE ? GUEST.formatted(PLIC, "sw s7, 0(s4)") : GUEST.formatted(APLIC, "");
  }

  static Stream<Arguments> machines() {
    return Engines.shipped().stream()
        .flatMap(engine -> Stream.of(Aia.NONE, Aia.APLIC).map(aia -> Arguments.of(engine, aia)));
  }

  private static TestVm start(Engine engine, Aia aia) throws InterruptedException {
    byte[] code = Assembler.assemble(guest(aia), ENTRY);
    Boot boot =
        new Boot.KernelBoot(Image.bytes("guest", code), Optional.empty(), "", Optional.empty());
    TestVm vm =
        TestVm.start(
            engine, boot, 1, 16, config -> config.options(new BoardOptions(false, Set.of(), aia)));
    vm.console().await("!", LIMIT);
    return vm;
  }

  @ParameterizedTest
  @MethodSource("machines")
  void eachNewNumberInterruptsOnce(Engine engine, Aia aia) throws InterruptedException {
    Set<String> numbers = new HashSet<>();
    try (TestVm vm = start(engine, aia)) {
      for (int n = 0; n < 3; n++) {
        vm.machine().renew();
        numbers.add(vm.console().await("\n", LIMIT).strip());
      }
      vm.machine().pause();
      vm.machine().renew();
      vm.machine().renew();
      vm.machine().resume();
      numbers.add(vm.console().await("\n", LIMIT).strip());
      vm.console().type("?");
      assertThat(vm.console().await(".", LIMIT)).isEqualTo(".");
    }
    assertThat(numbers).hasSize(4).allMatch(number -> number.matches("[0-9a-f]{32}"));
  }
}
