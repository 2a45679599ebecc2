package atoll.engine.interp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import atoll.isa.Instruction;
import atoll.isa.Op;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Operations reach their semantics by number; each row has operands that set it apart. */
class ScalarUnitTest {
  private static final Set<String> EXTENSIONS =
      Set.of("M", "Zba", "Zbb", "Zbs", "Zbc", "Zbkb", "Zicond");

  private static final long A = 0x8000_0000_8000_00f3L;

  private record Row(int op, long a, long b, long expected) {}

  private static final Row[] ROWS = {
    new Row(Op.MUL, -3, 5, -15),
    new Row(Op.MULH, -1, 1L << 62, -1),
    new Row(Op.MULHSU, -1, -1, -1),
    new Row(Op.MULHU, -1, -1, -2),
    new Row(Op.DIV, -7, 2, -3),
    new Row(Op.DIVU, -7, 2, 0x7fff_ffff_ffff_fffcL),
    new Row(Op.REM, -7, 2, -1),
    new Row(Op.REMU, -7, 10, 9),
    new Row(Op.MULW, 0x1_0001_0000L, 0x8001, 0xffff_ffff_8001_0000L),
    new Row(Op.DIVW, 0x1_ffff_fff9L, 2, -3),
    new Row(Op.DIVUW, 0x1_ffff_fff9L, 2, 0x7fff_fffcL),
    new Row(Op.REMW, 0x1_ffff_fff9L, 2, -1),
    new Row(Op.REMUW, 0x1_ffff_fff9L, 10, 9),
    new Row(Op.SH1ADD, A, 1, 0x1_0000_01e7L),
    new Row(Op.SH2ADD, A, 1, 0x2_0000_03cdL),
    new Row(Op.SH3ADD, A, 1, 0x4_0000_0799L),
    new Row(Op.ADD_UW, A, 1, 0x8000_00f4L),
    new Row(Op.SH1ADD_UW, -1, 1, 0x1_ffff_ffffL),
    new Row(Op.SH2ADD_UW, -1, 1, 0x3_ffff_fffdL),
    new Row(Op.SH3ADD_UW, -1, 1, 0x7_ffff_fff9L),
    new Row(Op.SLLI_UW, -1, 4, 0xf_ffff_fff0L),
    new Row(Op.ANDN, 0b1100, 0b1010, 0b0100),
    new Row(Op.ORN, 0b1100, 0b1010, ~0b0010L),
    new Row(Op.XNOR, 0b1100, 0b1010, ~0b0110L),
    new Row(Op.CLZ, 0x80, 0, 56),
    new Row(Op.CTZ, 0x1_0000_0000L, 0, 32),
    new Row(Op.CPOP, A, 0, 8),
    new Row(Op.CLZW, A >>> 1, 0, 1),
    new Row(Op.CTZW, 1L << 40 | 1 << 4, 0, 4),
    new Row(Op.CPOPW, A, 0, 7),
    new Row(Op.MIN, -1, 1, -1),
    new Row(Op.MINU, -1, 1, 1),
    new Row(Op.MAX, -1, 2, 2),
    new Row(Op.MAXU, -1, 2, -1),
    new Row(Op.SEXT_B, 0x80f3, 0, -13),
    new Row(Op.SEXT_H, 0x1_80f3L, 0, 0xffff_ffff_ffff_80f3L),
    new Row(Op.ZEXT_H, -1, 0, 0xffff),
    new Row(Op.ROL, A, 65, 0x0000_0001_0000_01e7L),
    new Row(Op.ROR, A, 65, 0xc000_0000_4000_0079L),
    new Row(Op.RORI, A, 63, 0x0000_0001_0000_01e7L),
    new Row(Op.ROLW, A, 33, 0x1e7),
    new Row(Op.RORW, A, 33, 0xffff_ffff_c000_0079L),
    new Row(Op.RORIW, A, 31, 0x1e7),
    new Row(Op.ORC_B, A, 0, 0xff00_0000_ff00_00ffL),
    new Row(Op.REV8, A, 0, 0xf300_0080_0000_0080L),
    new Row(Op.BCLR, A, 95, 0x8000_0000_0000_00f3L),
    new Row(Op.BCLRI, A, 63, 0x8000_00f3L),
    new Row(Op.BEXT, A, 95, 1),
    new Row(Op.BEXTI, A, 62, 0),
    new Row(Op.BINV, A, 64, 0x8000_0000_8000_00f2L),
    new Row(Op.BINVI, A, 2, 0x8000_0000_8000_00f7L),
    new Row(Op.BSET, A, 66, 0x8000_0000_8000_00f7L),
    new Row(Op.BSETI, A, 3, 0x8000_0000_8000_00fbL),
    new Row(Op.CLMUL, 3, 7, 9),
    new Row(Op.CLMULR, 1L << 63, 6, 6),
    new Row(Op.CLMULH, 1L << 63, 6, 3),
    new Row(Op.PACK, 1, 2, 0x2_0000_0001L),
    new Row(Op.PACKH, 0x101, 0x102, 0x201),
    new Row(Op.PACKW, 0x1_0001L, 0x8002, 0xffff_ffff_8002_0001L),
    new Row(Op.BREV8, A, 0, 0x0100_0000_0100_00cfL),
    new Row(Op.CZERO_EQZ, 7, 0, 0),
    new Row(Op.CZERO_NEZ, 7, 0, 7)
  };

  @Test
  void everyOperationComputesItsOwn() {
    for (Row row : ROWS) {
      assertThat(ScalarUnit.execute(row.op, row.a, row.b))
          .as("%s %x %x", Instruction.of(row.op).name(), row.a, row.b)
          .isEqualTo(row.expected);
    }
  }

  @Test
  void noOperationOfTheseExtensionsIsMissing() {
    int[] ours =
        Instruction.all().stream()
            .filter(instruction -> EXTENSIONS.contains(instruction.extension()))
            .mapToInt(Instruction::op)
            .toArray();
    assertThat(ROWS).extracting(Row::op).containsExactlyInAnyOrder(box(ours));
  }

  private static Integer[] box(int[] values) {
    return IntStream.of(values).boxed().toArray(Integer[]::new);
  }

  @Test
  void otherOperationsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScalarUnit.execute(Op.ADD, 1, 2))
        .withMessageContaining("operation " + Op.ADD);
  }
}
