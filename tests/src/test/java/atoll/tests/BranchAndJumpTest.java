package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Assembler;
import atoll.isa.Cause;
import atoll.isa.Op;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;

/** Control transfer (unpriv 2.5). */
class BranchAndJumpTest extends Conformance {
  private static final Map<Integer, BiPredicate<Long, Long>> BRANCHES = new LinkedHashMap<>();

  static {
    BRANCHES.put(Op.BEQ, (a, b) -> (a ^ b) == 0);
    BRANCHES.put(Op.BNE, (a, b) -> (a ^ b) != 0);
    BRANCHES.put(Op.BLT, (a, b) -> a.compareTo(b) < 0);
    BRANCHES.put(Op.BGE, (a, b) -> a.compareTo(b) >= 0);
    BRANCHES.put(Op.BLTU, (a, b) -> Long.compareUnsigned(a, b) < 0);
    BRANCHES.put(Op.BGEU, (a, b) -> Long.compareUnsigned(a, b) >= 0);
  }

  @Test
  void branchesAreTakenByTheirConditionInBothDirections() {
    long[] values = {0, 1, -1, 2, -2, Long.MIN_VALUE, Long.MAX_VALUE, 0x8000_0000L, 0xffff_ffffL};
    for (var branch : BRANCHES.entrySet()) {
      for (long offset : new long[] {-4096, -2048, -4, -2, 0, 2, 4, 6, 8, 2046, 2048, 4094}) {
        m.memory()
            .write(
                MachineFixture.CODE,
                new Assembler(0).op(branch.getKey(), 10, 11, offset).toBytes());
        for (long a : values) {
          for (long b : values) {
            m.x("a0", a).x("a1", b);
            m.hart().pc(MachineFixture.CODE);
            m.step();
            boolean taken = branch.getValue().test(a, b);
            assertThat(m.hart().pc() - MachineFixture.CODE)
                .as("op %d %x %x offset %d", branch.getKey(), a, b, offset)
                .isEqualTo(taken ? offset : 4);
          }
        }
      }
    }
  }

  @Test
  void jalReachesAMebibyteBothWaysAndLinks() {
    for (long offset : new long[] {-0x100000, -4, 0, 2, 4, 0xffffe}) {
      long at = MachineFixture.DATA;
      m.memory().write(at, new Assembler(0).op(Op.JAL, 5, offset).toBytes());
      m.hart().pc(at);
      m.step();
      assertThat(m.hart().pc()).isEqualTo(at + offset);
      assertThat(m.x("t0")).isEqualTo(at + 4);
    }
  }

  @Test
  void jalrAddsTheOffsetAndClearsTheLowestBit() {
    for (long offset : new long[] {-2048, -1, 0, 1, 2, 2047}) {
      m.memory().write(MachineFixture.CODE, new Assembler(0).op(Op.JALR, 5, offset, 10).toBytes());
      m.x("a0", MachineFixture.DATA);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(m.hart().pc()).isEqualTo((MachineFixture.DATA + offset) & ~1L);
      assertThat(m.x("t0")).isEqualTo(MachineFixture.CODE + 4);
    }
  }

  @Test
  void jalrReadsItsSourceBeforeItWritesTheSameRegister() {
    m.memory().write(MachineFixture.CODE, new Assembler(0).op(Op.JALR, 1, 4, 1).toBytes());
    m.x("ra", MachineFixture.DATA);
    m.hart().pc(MachineFixture.CODE);
    m.step();
    assertThat(m.hart().pc()).isEqualTo(MachineFixture.DATA + 4);
    assertThat(m.x("ra")).isEqualTo(MachineFixture.CODE + 4);
  }

  @Test
  void aJumpToAHalfwordIsNoMisalignedFetchWithC() {
    m.place(MachineFixture.DATA + 2, "ebreak");
    Trap t = runIn(M, "li a0, %d; jalr a0".formatted(MachineFixture.DATA + 3));
    assertThat(t).isEqualTo(new Trap(Cause.BREAKPOINT, MachineFixture.DATA + 2, t.tval(), M, M));
  }

  @Test
  void theLinkIsWrittenThoughTheTargetCannotBeFetched() {
    Trap t = runIn(M, "li a0, 0x1000; jalr ra, 0(a0)");
    assertThat(t.cause()).isEqualTo(Cause.INSTRUCTION_ACCESS_FAULT);
    assertThat(t.epc()).isEqualTo(0x1000); // the target faults, not the jump (unpriv 2.5.1)
    assertThat(t.tval()).isEqualTo(0x1000);
    assertThat(m.memory().getInt(m.x("ra"))).isEqualTo(0x00100073);
  }

  @Test
  void aCompressedJumpLinksBehindItself() {
    m.place(MachineFixture.DATA, "ebreak");
    runIn(M, "li a0, %d; c.jalr a0".formatted(MachineFixture.DATA));
    assertThat(m.memory().getShort(m.x("ra") - 2)).isEqualTo((short) 0x9502);
  }
}
