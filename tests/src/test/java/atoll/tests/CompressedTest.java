package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.isa.Decoder;
import atoll.testkit.MachineFixture;
import atoll.testkit.Trap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** 16-bit instructions (unpriv 27, 28.8 Zcb, 29.5 Zcmop). */
class CompressedTest extends Conformance {
  private void half(long address, int half) {
    m.memory().putShort(address, (short) half);
  }

  /** Registers that make every form of access legal and every instruction's result different. */
  private void prepare() {
    for (int r = 1; r < 32; r++) {
      m.hart().x(r, MachineFixture.DATA + 4096 + 16L * r);
      m.hart().f(r, 0x3ff0_0000_0000_0000L + r);
    }
    for (long i = 0; i < 8192; i += 8) {
      m.memory().putLong(MachineFixture.DATA + i, 0x0101_0101_0101_0101L * (i & 0xff) ^ i << 40);
    }
  }

  private List<Long> state() {
    List<Long> all = new ArrayList<>();
    for (int r = 1; r < 32; r++) {
      all.add(m.hart().x(r));
      all.add(m.hart().f(r));
    }
    for (long i = 4096; i < 8192; i += 8) {
      all.add(m.memory().getLong(MachineFixture.DATA + i));
    }
    return all;
  }

  @Test
  void everyHalfThatIsNoInstructionTrapsWithItsSixteenBits() {
    for (int half = 0; half < 0x10000; half++) {
      if ((half & 3) != 3 && Decoder.expand(half) == 0) {
        half(MachineFixture.CODE, half);
        m.hart().pc(MachineFixture.CODE);
        Trap t = m.run();
        assertThat(t)
            .as("%04x", half)
            .isEqualTo(new Trap(Cause.ILLEGAL_INSTRUCTION, MachineFixture.CODE, half, M, M));
      }
    }
  }

  @Test
  void theReservedEncodingsAreIllegal() {
    int[] reserved = {
      0x0000, // all zeroes (unpriv 27.2)
      0x0004, // c.addi4spn with immediate zero
      0x2001, // c.addiw with rd = x0
      0x6101, // c.addi16sp with immediate zero
      0x6201, // c.lui x4 with immediate zero
      0x4002, // c.lwsp with rd = x0
      0x6002, // c.ldsp with rd = x0
      0x8002, // c.jr with rs1 = x0
      0x9c79, // the one row of misc-alu that Zcb leaves reserved
      0x9000, // quadrant 0, funct3 100: two of the rows that Zcb leaves reserved
      0x8c40,
    };
    for (int half : reserved) {
      half(MachineFixture.CODE, half);
      m.hart().pc(MachineFixture.CODE);
      assertThat(m.run().cause()).as("%04x", half).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
    }
  }

  @Test
  void everyOtherHalfDoesWhatItsExpansionDoesAndIsTwoBytesLong() {
    for (int half = 0; half < 0x10000; half++) {
      int word = (half & 3) == 3 ? 0 : Decoder.expand(half);
      if (word == 0 || !straight(word)) {
        continue;
      }
      prepare();
      half(MachineFixture.CODE, half);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(m.hart().pc()).as("%04x", half).isEqualTo(MachineFixture.CODE + 2);
      if ((half & 0x1f) != 0 && half % 7 != 0) {
        continue; // the state is compared for a part: reading all of it takes long
      }
      List<Long> compressed = state();
      prepare();
      m.memory().putInt(MachineFixture.CODE, word);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(compressed).as("%04x", half).isEqualTo(state());
    }
  }

  /** Neither a branch nor ebreak: it goes on behind itself. */
  private static boolean straight(int word) {
    int opcode = word & 0x7f;
    return opcode != 0x63 && opcode != 0x67 && opcode != 0x6f && opcode != 0x73;
  }

  @Test
  void compressedBranchesAndJumpsGoWhereTheySay() {
    m.runToBreak(
        """
          li a0, 0
          li a1, 5
        1:
          c.addi a0, 3
          c.addi a1, -1
          c.bnez a1, 1b
          c.beqz a1, 2f
          c.li a0, 0
        2:
          c.j 3f
          c.li a0, 0
        3:
          la t0, 4f
          c.jr t0
          c.li a0, 0
        4:
        """);
    assertThat(m.x("a0")).isEqualTo(15);
  }

  @Test
  void compressedEbreakIsABreakpoint() {
    half(MachineFixture.CODE, 0x9002);
    m.hart().pc(MachineFixture.CODE);
    Trap t = m.run();
    assertThat(t.cause()).isEqualTo(Cause.BREAKPOINT);
    assertThat(t.epc()).isEqualTo(MachineFixture.CODE);
  }

  @Test
  void anInstructionMayStraddleTwoPages() {
    long at = MachineFixture.CODE + 4096 - 2;
    m.code(at, "li a0, 42; ebreak");
    assertThat(m.run().epc()).isEqualTo(at + 4);
    assertThat(m.x("a0")).isEqualTo(42);
  }

  @Test
  void zcbWorks() {
    m.memory().putLong(MachineFixture.DATA, 0x8182_8384_8586_8788L);
    m.runToBreak(
        """
        li a0, 0x80100000
        c.lbu a1, 3(a0)
        c.lhu a2, 2(a0)
        c.lh a3, 2(a0)
        li a4, 0x123456789abcdef0
        mv a5, a4
        c.zext.b a4
        c.sb a5, 1(a0)
        c.sh a5, 2(a0)
        mv s0, a5
        c.sext.b s0
        mv s1, a5
        c.not s1
        c.zext.w a5
        lw a0, 0(a0)
        """);
    assertThat(m.x("a1")).isEqualTo(0x85);
    assertThat(m.x("a2")).isEqualTo(0x8586);
    assertThat(m.x("a3")).isEqualTo((short) 0x8586);
    assertThat(m.x("a4")).isEqualTo(0xf0);
    assertThat(m.x("a5")).isEqualTo(0x9abcdef0L);
    assertThat(m.x("s0")).isEqualTo((byte) 0xf0);
    assertThat(m.x("s1")).isEqualTo(~0x123456789abcdef0L);
    assertThat(m.x("a0")).isEqualTo(0xdef0f088 | 0);
  }

  @Test
  void compressedMayBeOperationsDoNothing() {
    for (int n = 1; n < 16; n += 2) {
      prepare();
      List<Long> before = state();
      half(MachineFixture.CODE, 0x6081 | n - 1 << 7);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(m.hart().pc()).isEqualTo(MachineFixture.CODE + 2);
      assertThat(state()).isEqualTo(before);
    }
  }

  @Test
  void longerInstructionFormatsAreIllegal() {
    // 48 bits and more (unpriv 1.5): the hart has none.
    for (int word : new int[] {0x0000_001f, 0x0000_003f, 0x0000_007f, 0xffff_ffff}) {
      m.memory().putInt(MachineFixture.CODE, word);
      m.hart().pc(MachineFixture.CODE);
      Trap t = m.run();
      assertThat(t.cause()).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      assertThat(t.tval()).isEqualTo(word & 0xffff_ffffL);
    }
  }

  @Test
  void hintsDoNothing() {
    int[] hints = {
      0x0001, // c.nop
      0x0005, // c.nop with an immediate
      0x4005, // c.li x0
      0x6005, // c.lui x0
      0x802a, // c.mv x0, x10
      0x900a, // c.add x0, x2: c.ntl.p1
      0x0006, // c.slli x0
      0x0082, // c.slli x1 by zero
    };
    for (int hint : hints) {
      prepare();
      List<Long> before = state();
      half(MachineFixture.CODE, hint);
      m.hart().pc(MachineFixture.CODE);
      m.step();
      assertThat(m.hart().pc()).as("%04x", hint).isEqualTo(MachineFixture.CODE + 2);
      assertThat(state()).as("%04x", hint).isEqualTo(before);
    }
  }
}
