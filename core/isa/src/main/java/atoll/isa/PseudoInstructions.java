package atoll.isa;

import java.util.HashMap;
import java.util.Map;

/**
 * Names for special cases of instructions (unpriv., "Assembly listings": pseudoinstructions), and
 * the mnemonics of compressed instructions, as text: {@code $1} stands for the first operand.
 */
final class PseudoInstructions {
  private static final String TABLE =
      """
      nop = addi zero, zero, 0
      mv $1, $2 = addi $1, $2, 0
      not $1, $2 = xori $1, $2, -1
      neg $1, $2 = sub $1, zero, $2
      negw $1, $2 = subw $1, zero, $2
      sext.w $1, $2 = addiw $1, $2, 0
      zext.b $1, $2 = andi $1, $2, 255
      zext.w $1, $2 = add.uw $1, $2, zero
      seqz $1, $2 = sltiu $1, $2, 1
      snez $1, $2 = sltu $1, zero, $2
      sltz $1, $2 = slt $1, $2, zero
      sgtz $1, $2 = slt $1, zero, $2
      sgt $1, $2, $3 = slt $1, $3, $2
      sgtu $1, $2, $3 = sltu $1, $3, $2
      beqz $1, $2 = beq $1, zero, $2
      bnez $1, $2 = bne $1, zero, $2
      blez $1, $2 = bge zero, $1, $2
      bgez $1, $2 = bge $1, zero, $2
      bltz $1, $2 = blt $1, zero, $2
      bgtz $1, $2 = blt zero, $1, $2
      bgt $1, $2, $3 = blt $2, $1, $3
      ble $1, $2, $3 = bge $2, $1, $3
      bgtu $1, $2, $3 = bltu $2, $1, $3
      bleu $1, $2, $3 = bgeu $2, $1, $3
      j $1 = jal zero, $1
      jal $1 = jal ra, $1
      jr $1 = jalr zero, 0($1)
      jalr $1 = jalr ra, 0($1)
      jalr $1, $2, $3 = jalr $1, $3($2)
      ret = jalr zero, 0(ra)
      csrr $1, $2 = csrrs $1, $2, zero
      csrw $1, $2 = csrrw zero, $1, $2
      csrs $1, $2 = csrrs zero, $1, $2
      csrc $1, $2 = csrrc zero, $1, $2
      csrwi $1, $2 = csrrwi zero, $1, $2
      csrsi $1, $2 = csrrsi zero, $1, $2
      csrci $1, $2 = csrrci zero, $1, $2
      rdcycle $1 = csrrs $1, cycle, zero
      rdtime $1 = csrrs $1, time, zero
      rdinstret $1 = csrrs $1, instret, zero
      frcsr $1 = csrrs $1, fcsr, zero
      fscsr $1 = csrrw zero, fcsr, $1
      fscsr $1, $2 = csrrw $1, fcsr, $2
      frrm $1 = csrrs $1, frm, zero
      fsrm $1 = csrrw zero, frm, $1
      fsrm $1, $2 = csrrw $1, frm, $2
      fsrmi $1 = csrrwi zero, frm, $1
      frflags $1 = csrrs $1, fflags, zero
      fsflags $1 = csrrw zero, fflags, $1
      fsflags $1, $2 = csrrw $1, fflags, $2
      fsflagsi $1 = csrrwi zero, fflags, $1
      fmv.s $1, $2 = fsgnj.s $1, $2, $2
      fneg.s $1, $2 = fsgnjn.s $1, $2, $2
      fabs.s $1, $2 = fsgnjx.s $1, $2, $2
      fmv.d $1, $2 = fsgnj.d $1, $2, $2
      fneg.d $1, $2 = fsgnjn.d $1, $2, $2
      fabs.d $1, $2 = fsgnjx.d $1, $2, $2
      fgt.s $1, $2, $3 = flt.s $1, $3, $2
      fge.s $1, $2, $3 = fle.s $1, $3, $2
      fgt.d $1, $2, $3 = flt.d $1, $3, $2
      fge.d $1, $2, $3 = fle.d $1, $3, $2
      fence = fence iorw, iorw
      sfence.vma = sfence.vma zero, zero
      sfence.vma $1 = sfence.vma $1, zero
      ntl.p1 = add zero, zero, sp
      ntl.pall = add zero, zero, gp
      ntl.s1 = add zero, zero, tp
      ntl.all = add zero, zero, t0
      unimp = csrrw zero, cycle, zero

      c.addi4spn $1, $2, $3 = addi $1, $2, $3
      c.fld $1, $2 = fld $1, $2
      c.lw $1, $2 = lw $1, $2
      c.ld $1, $2 = ld $1, $2
      c.fsd $1, $2 = fsd $1, $2
      c.sw $1, $2 = sw $1, $2
      c.sd $1, $2 = sd $1, $2
      c.lbu $1, $2 = lbu $1, $2
      c.lhu $1, $2 = lhu $1, $2
      c.lh $1, $2 = lh $1, $2
      c.sb $1, $2 = sb $1, $2
      c.sh $1, $2 = sh $1, $2
      c.nop = addi zero, zero, 0
      c.addi $1, $2 = addi $1, $1, $2
      c.addiw $1, $2 = addiw $1, $1, $2
      c.li $1, $2 = addi $1, zero, $2
      c.addi16sp $1, $2 = addi $1, $1, $2
      c.lui $1, $2 = lui $1, $2
      c.srli $1, $2 = srli $1, $1, $2
      c.srai $1, $2 = srai $1, $1, $2
      c.andi $1, $2 = andi $1, $1, $2
      c.sub $1, $2 = sub $1, $1, $2
      c.xor $1, $2 = xor $1, $1, $2
      c.or $1, $2 = or $1, $1, $2
      c.and $1, $2 = and $1, $1, $2
      c.subw $1, $2 = subw $1, $1, $2
      c.addw $1, $2 = addw $1, $1, $2
      c.mul $1, $2 = mul $1, $1, $2
      c.zext.b $1 = andi $1, $1, 255
      c.sext.b $1 = sext.b $1, $1
      c.zext.h $1 = zext.h $1, $1
      c.sext.h $1 = sext.h $1, $1
      c.zext.w $1 = add.uw $1, $1, zero
      c.not $1 = xori $1, $1, -1
      c.j $1 = jal zero, $1
      c.beqz $1, $2 = beq $1, zero, $2
      c.bnez $1, $2 = bne $1, zero, $2
      c.slli $1, $2 = slli $1, $1, $2
      c.fldsp $1, $2 = fld $1, $2
      c.lwsp $1, $2 = lw $1, $2
      c.ldsp $1, $2 = ld $1, $2
      c.jr $1 = jalr zero, 0($1)
      c.mv $1, $2 = add $1, zero, $2
      c.ebreak = ebreak
      c.jalr $1 = jalr ra, 0($1)
      c.add $1, $2 = add $1, $1, $2
      c.fsdsp $1, $2 = fsd $1, $2
      c.swsp $1, $2 = sw $1, $2
      c.sdsp $1, $2 = sd $1, $2
      c.ntl.p1 = add zero, zero, sp
      c.ntl.pall = add zero, zero, gp
      c.ntl.s1 = add zero, zero, tp
      c.ntl.all = add zero, zero, t0
      """;

  private static final Map<String, String> EXPANSIONS = new HashMap<>();

  static {
    TABLE.lines().filter(line -> !line.isBlank()).forEach(PseudoInstructions::add);
  }

  private PseudoInstructions() {}

  private static void add(String line) {
    String[] sides = line.split(" = ", 2);
    String[] head = sides[0].split(" ", 2);
    int arity = head.length == 1 ? 0 : head[1].split(",", -1).length;
    EXPANSIONS.put(head[0] + "/" + arity, sides[1]);
  }

  /**
   * What {@code name} with {@code arity} operands stands for; null if it is not a
   * pseudo-instruction.
   */
  static String expansion(String name, int arity) {
    return EXPANSIONS.get(name + "/" + arity);
  }

  /** Whether {@code name} is one with any number of operands. */
  static boolean known(String name) {
    return EXPANSIONS.keySet().stream().anyMatch(key -> key.startsWith(name + "/"));
  }
}
