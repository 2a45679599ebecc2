package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.isa.Cause;
import atoll.testkit.MachineFixture;
import org.junit.jupiter.api.Test;

/** Fences with any fields, and hints: none of them changes state or traps (unpriv 2.7, 2.9). */
class FenceAndHintTest extends Conformance {
  private void survives(int word, int mode) {
    m.reset();
    for (int r = 1; r < 32; r++) {
      m.hart().x(r, 0x1000 + r);
    }
    m.memory().putInt(MachineFixture.CODE, word);
    m.memory().putInt(MachineFixture.CODE + 4, 0x00100073);
    if (mode != M) {
      m.enter(mode);
    }
    assertThat(m.run().cause()).as("%08x", word).isEqualTo(Cause.BREAKPOINT);
    for (int r = 1; r < 32; r++) {
      assertThat(m.hart().x(r)).isEqualTo(0x1000 + r);
    }
  }

  @Test
  void fencesWithReservedFieldsAreFences() {
    for (int word :
        new int[] {
          0x0ff0000f, // fence iorw, iorw
          0x0000000f, // nothing ordered
          0x0330000f, // fence rw, rw
          0x8330000f, // fence.tso
          0xf330000f, // reserved fm
          0x0330808f, // rs1 and rd not zero
          0x0100000f, // pause
        }) {
      survives(word, U);
      survives(word, M);
    }
  }

  @Test
  void fenceIWithReservedFieldsIsFenceI() {
    survives(0x0000100f, U);
    survives(0xfff0908f, U);
  }

  @Test
  void computationsIntoRegisterZeroAreHints() {
    for (int word :
        new int[] {
          0xfffff037, // lui x0
          0xfffff017, // auipc x0
          0x00150013, // addi x0, x10, 1
          0x00153013, // sltiu x0
          0x0015501b, // srliw x0
          0x00b50033, // add x0
          0x40b5503b, // sraw x0
          0x00200033, // ntl.p1
          0x00500033, // ntl.all
          0x40105013, // semihosting's entry, srai x0, x0, 1
          0x01f01013, // semihosting's other mark, slli x0, x0, 31
        }) {
      survives(word, U);
    }
  }

  @Test
  void reservedMajorOpcodesAreIllegal() {
    // Rows and columns of the opcode map that this machine leaves reserved or custom (unpriv 34.1).
    for (int opcode : new int[] {0x0b, 0x2b, 0x57, 0x5b, 0x6b, 0x77, 0x7b}) {
      for (int bits : new int[] {0, 0xffffff80, 0x00a50500}) {
        m.memory().putInt(MachineFixture.CODE, opcode | bits);
        m.hart().pc(MachineFixture.CODE);
        assertThat(m.run().cause()).as("%08x", opcode | bits).isEqualTo(Cause.ILLEGAL_INSTRUCTION);
      }
    }
  }

  @Test
  void reservedFunctionsOfUsedOpcodesAreIllegal() {
    for (int word :
        new int[] {
          0x00007003, // load, width 7
          0x00004023, // store, width 4
          0x00002063, // branch, condition 2
          0x00001067, // jalr with funct3 1
          0x02001013, // slli with bit 25 set is legal: shamt 32; next line is not
          0x04001013, // slli with bit 26 set
          0x0200101b, // slliw with bit 25 set
          0x04000033, // add with an unused funct7
          0x02001033 | 0x04000000, // mulh with an unused funct7
          0x0000202f | 0x10100000, // lr.w with rs2 not zero
          0x0000402f, // AMO of width 4
          0x28000053 | 0x4000, // fmin with funct3 4
          0x06000053, // FP format 3 (quad)
          0x00004073 | 0x30000000, // funct3 4 of SYSTEM that is no may-be-operation
          0x10200073 | 0x80, // sret with rd not zero
          0x30200073 | 0x8000, // mret with rs1 not zero
          0x00200073, // uret
        }) {
      m.memory().putInt(MachineFixture.CODE, word);
      m.memory().putInt(MachineFixture.CODE + 4, 0x00100073);
      m.hart().pc(MachineFixture.CODE);
      long expected = word == 0x02001013 ? Cause.BREAKPOINT : Cause.ILLEGAL_INSTRUCTION;
      assertThat(m.run().cause()).as("%08x", word).isEqualTo(expected);
    }
  }
}
