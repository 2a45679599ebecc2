package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.isa.Format;
import atoll.isa.Instruction;
import atoll.isa.TrapRule;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Popek and Goldberg's condition: every sensitive instruction traps outside the mode that owns it.
 * Whatever the table calls sensitive or privileged is executed in every mode.
 */
class SensitiveInstructionTest extends Conformance {
  private static final long TVM = 1L << 20;
  private static final long TW = 1L << 21;
  private static final long TSR = 1L << 22;

  static List<Instruction> trapping() {
    return Instruction.all().stream().filter(i -> i.rule() != TrapRule.NEVER).toList();
  }

  static List<Instruction> sensitive() {
    return Instruction.all().stream().filter(i -> i.kind().sensitive()).toList();
  }

  /** The instruction with harmless operands: x10 points to memory, CSR is one of machine mode. */
  private static int word(Instruction i, int csr) {
    int word = i.match();
    if (i.format() == Format.CSR || i.format() == Format.CSRI) {
      return word | csr << 20 | 11 << 15 | 11 << 7;
    }
    return word | ~i.mask() & 10 << 15;
  }

  private long run(Instruction i, int csr, int mode, long status) {
    m.reset();
    m.csr(CsrNumber.MENVCFG, 0); // no cache-block operation below M
    m.memory().putInt(MachineFixture.CODE, word(i, csr));
    m.memory().putInt(MachineFixture.CODE + 4, 0x00100073);
    m.x("a0", MachineFixture.DATA).x("a1", 0);
    m.csr(CsrNumber.SEPC, MachineFixture.CODE + 4);
    setStatus(status);
    if (mode != M) {
      m.hart().pc(MachineFixture.CODE);
      m.enter(mode);
    } else {
      m.csr(CsrNumber.MEPC, MachineFixture.CODE + 4);
      m.openMemory(); // sret and mret lead somewhere
      setStatus(3L << 11);
      m.hart().pc(MachineFixture.CODE);
    }
    return m.run().cause();
  }

  /** The modes in which the rule lets it trap, with the bit of mstatus that is needed for it. */
  private static List<long[]> traps(Instruction i) {
    List<long[]> cases = new ArrayList<>();
    cases.add(new long[] {U, i.rule() == TrapRule.TW ? TW : 0});
    switch (i.rule()) {
      case MACHINE, ENVCFG, CSR -> cases.add(new long[] {S, 0});
      case TVM -> cases.add(new long[] {S, TVM});
      case TW -> cases.add(new long[] {S, TW});
      case TSR -> cases.add(new long[] {S, TSR});
      case ALWAYS -> {
        cases.add(new long[] {S, 0});
        cases.add(new long[] {M, 0});
      }
      default -> {}
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("trapping")
  void whatHasATrapRuleTrapsByIt(Instruction i) {
    for (long[] c : traps(i)) {
      long expected =
          i.rule() == TrapRule.ALWAYS ? Cause.ECALL_U + c[0] : Cause.ILLEGAL_INSTRUCTION;
      assertThat(run(i, CsrNumber.MSCRATCH, (int) c[0], c[1]))
          .as("%s in mode %d", i.name(), c[0])
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("sensitive")
  void everySensitiveInstructionHasATrapRule(Instruction i) {
    assertThat(i.rule()).as(i.name()).isNotEqualTo(TrapRule.NEVER);
    assertThat(i.reason()).as(i.name()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("trapping")
  void whatHasATrapRuleRunsInTheModeThatOwnsIt(Instruction i) {
    if (i.rule() == TrapRule.ALWAYS || i.name().equals("wfi")) {
      return; // traps everywhere, or waits
    }
    assertThat(run(i, CsrNumber.MSCRATCH, M, 0)).as(i.name()).isEqualTo(Cause.BREAKPOINT);
  }

  @Test
  void whatBelongsToAbsentExtensionsIsIllegalEverywhere() {
    int[] absent = {
      0x70200073, // mnret
      0x00057007, // vle of an absent vector unit
      0x02057057, // vector arithmetic
    };
    for (int word : absent) {
      for (int mode : new int[] {U, S, M}) {
        m.reset();
        m.memory().putInt(MachineFixture.CODE, word);
        m.hart().pc(MachineFixture.CODE);
        if (mode != M) {
          m.enter(mode);
        }
        assertThat(m.run())
            .as("%08x", word)
            .isEqualTo(new Trap(Cause.ILLEGAL_INSTRUCTION, MachineFixture.CODE, word, mode, M));
      }
    }
  }
}
