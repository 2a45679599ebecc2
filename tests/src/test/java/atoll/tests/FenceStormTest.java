package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Engine;
import atoll.isa.Assembler;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest that makes every remote fence of the SBI with every odd range, to harts in any state. */
class FenceStormTest {
  private static final long ENTRY = 0x8020_0000L;
  private static final int TIMES = 200;

  /**
   * Hart 0 starts hart 1, which executes for ever, hart 2, which stops, and hart 3, which sleeps; 4
   * and 5 were never started. Then it goes through all ranges and functions, s4 times, to all harts
   * that there are to be had.
   */
  private static final String GUEST =
      """
      start:
        la t0, busy;  li a0, 1; mv a1, t0; call hart_start
        la t0, stops; li a0, 2; mv a1, t0; call hart_start
        la t0, sleeps; li a0, 3; mv a1, t0; call hart_start
        li s4, TIMES
      again:
        la s1, ranges
        la s2, end
      next:
        li s3, 0
      function:
        li a0, 0; li a1, -1; ld a2, 0(s1); ld a3, 8(s1); mv a4, s3
        li a7, 0x52464e43; mv a6, s3; ecall
        bnez a0, failed
        addi s3, s3, 1
        li t0, 7; bne s3, t0, function
        li a0, 0; ld a1, 0(s1); ld a2, 8(s1); li a7, 6; ecall
        bnez a0, failed
        li a0, 0; ld a1, 0(s1); ld a2, 8(s1); li a3, -1; li a7, 7; ecall
        bnez a0, failed
        addi s1, s1, 16
        bltu s1, s2, next
        addi s4, s4, -1
        bnez s4, again
        li a0, 0; li a1, 0; j shutdown
      failed:
        li a0, 0; li a1, 1; j shutdown
      shutdown:
        li a7, 0x53525354; li a6, 0; ecall
        j shutdown
      hart_start:
        li a7, 0x48534d; li a6, 0; li a2, 0; ecall
        ret
      busy:
        addi a3, a3, 1
        j busy
      stops:
        li a7, 0x48534d; li a6, 1; ecall
        j stops
      sleeps:
        li a7, 0x48534d; li a6, 3; li a0, 0; ecall
        j sleeps
        .align 3
      ranges:
        .dword 0x7ffffffffffff000, 1
        .dword 0x7fffffffffffffff, 1
        .dword 0x7fffffffffffffff, 2
        .dword 0x7ffffffffffff000, 0x7ffffffffffff000
        .dword 0x8000000000000000, 0
        .dword 0x8000000000000000, 0x8000000000000000
        .dword 0xffffffffffffffff, 1
        .dword 0xffffffffffffffff, 0xffffffffffffffff
        .dword 0xfffffffffffff000, 0x1000
        .dword 0xfffffffffffff000, 0x1001
        .dword 0, 0
        .dword 0, 0xffffffffffffffff
        .dword 0, 0x7fffffffffffffff
        .dword 0, 0x8000000000000000
        .dword 0x1000, 0
        .dword 0x1000, 0xffffffffffffffff
        .dword 0x1000, 0xfffffffffffff000
        .dword 0x40000000, 0x40000
        .dword 0x40000001, 0x40000
        .dword 0x4000000000, 0x10000000000
      end:
      """;

  private static Boot guest() {
    String source = GUEST.replace("TIMES", Integer.toString(TIMES));
    byte[] code = Assembler.assemble(source, ENTRY);
    return new Boot.KernelBoot(Image.bytes("fences", code), Optional.empty(), "", Optional.empty());
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#all")
  void everyFenceReturnsWhateverItsRange(Engine engine) throws InterruptedException {
    try (TestVm vm = TestVm.start(engine, guest(), 6, 64, UnaryOperator.identity())) {
      Outcome outcome = vm.end(LIMIT);
      assertThat(outcome).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.machine().statistics().sbiCalls()).containsEntry("RFENCE", TIMES * 20L * 7);
    }
  }
}
