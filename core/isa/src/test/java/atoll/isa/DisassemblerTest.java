package atoll.isa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The text of instructions, against encodings that GNU objdump prints alike. */
class DisassemblerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fff58513 | addi a0, a1, -1
          800005b7 | lui a1, 0x80000
          00813503 | ld a0, 8(sp)
          fea13c23 | sd a0, -8(sp)
          00050863 | beq a0, zero, 0x80000010
          ff1ff0ef | jal ra, 0x7ffffff0
          00008067 | jalr zero, 0(ra)
          30051073 | csrrw zero, mstatus, a0
          1234d073 | csrrwi zero, 0x123, 9
          03f5d513 | srli a0, a1, 63
          06b6252f | amoadd.w.aqrl a0, a1, (a2)
          1005b52f | lr.d a0, (a1)
          02b57553 | fadd.d fa0, fa0, fa1
          00b50553 | fadd.s fa0, fa0, fa1, rne
          c2059553 | fcvt.w.d a0, fa1, rtz
          c2859553 | fcvtmod.w.d a0, fa1, rtz
          f2110553 | fli.d fa0, 1.52587890625e-05
          0ff0000f | fence iorw, iorw
          8330000f | fence.tso
          0100000f | pause
          12b50073 | sfence.vma a0, a1
          0045200f | cbo.zero (a0)
          0235e013 | prefetch.w 32(a1)
          ca5545f3 | mop.rr.6 a1, a0, t0
          10500073 | wfi
          0800453b | zext.h a0, zero
          ffffffff | .word 0xffffffff
          62050073 | hfence.gvma a0, zero
          70200073 | .word 0x70200073
          4501     | addi a0, zero, 0
          8082     | jalr zero, 0(ra)
          0000     | .half 0x0000
          """)
  void instructionsReadAsUsual(String bits, String text) {
    assertThat(Disassembler.disassemble(0x8000_0000L, Integer.parseUnsignedInt(bits, 16)))
        .isEqualTo(text);
  }
}
