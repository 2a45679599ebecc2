package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.mmu.Access;
import atoll.isa.Op;
import java.util.function.BooleanSupplier;

/**
 * The meaning of each guest instruction as x86-64 code: the one place that lowers them, with a unit
 * for each group.
 *
 * <p>{@link #instruction} emits one. An instruction that it does not inline becomes an exit that
 * has {@code ColdUnit} execute the instruction and then resumes behind it, as does every case that
 * the inline code cannot decide: a TLB miss, an access across pages, a NaN that needs care. Exits
 * are emitted behind the code, by {@link X64Exits#exits}.
 */
final class X64Lowering {
  private final X64Assembler a;
  private final BooleanSupplier siblings;
  public final X64Registers registers;
  public final X64Exits exits;
  public final X64Integer integer;
  public final X64Memory memory;
  public final X64Control control;
  private final X64Atomics atomics;
  private final X64FloatUnit.Check floatCheck;
  private final X64Csrs csrs;
  private final X64Floats floats;

  /**
   * @param alone whether no other hart shares the memory
   * @param siblings whether the machine has other harts
   */
  public X64Lowering(
      X64Assembler assembler,
      Trampolines trampolines,
      BooleanSupplier alone,
      BooleanSupplier siblings) {
    a = assembler;
    this.siblings = siblings;
    registers = new X64Registers(a);
    exits = new X64Exits(a, registers, trampolines);
    integer = new X64Integer(a, registers, exits);
    memory = new X64Memory(a, registers, exits, trampolines);
    control = new X64Control(a, registers, exits, trampolines);
    atomics = new X64Atomics(a, registers, exits, alone);
    floatCheck = new X64FloatUnit.Check();
    floats = new X64Floats(a, registers, exits, floatCheck, memory);
    csrs = new X64Csrs(a, registers, exits, trampolines, floats, floatCheck);
  }

  /** Begins a block outside of regions. */
  public void begin(int[] map, int[] floatMap) {
    registers.begin(map, floatMap);
    memory.begin();
    exits.begin();
    floatCheck.begin(false);
  }

  /**
   * Begins a region.
   *
   * @param slotOffset where its slots lie
   * @param without registers that get none, a bit each
   * @param leave emits the moves out of its register places
   * @param enter emits the moves into them
   */
  public void beginRegion(
      int[] map, int[] floatMap, int slotOffset, int without, Runnable leave, Runnable enter) {
    registers.begin(map, floatMap);
    memory.beginRegion(slotOffset, without);
    exits.beginRegion(leave, enter);
    floatCheck.begin(true);
  }

  /**
   * Emits an instruction that does not transfer control.
   *
   * @param packed it, as {@link Predecoder} packs it
   * @param parcel where in its page it is
   * @param count how many instructions of its block have not retired, this one included
   */
  public void instruction(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    int rd = Predecoder.rd(packed);
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    long imm = Predecoder.immediate(packed);
    switch (op) {
      case Op.ADDI -> integer.addImmediate(rd, rs1, (int) imm);
      case Op.ANDI -> integer.logicImmediate(AND, rd, rs1, (int) imm);
      case Op.ORI -> integer.logicImmediate(OR, rd, rs1, (int) imm);
      case Op.XORI -> integer.logicImmediate(XOR, rd, rs1, (int) imm);
      case Op.SLTI -> integer.compareImmediate(LESS, rd, rs1, (int) imm);
      case Op.SLTIU -> integer.compareImmediate(BELOW, rd, rs1, (int) imm);
      case Op.SLLI -> integer.shiftImmediate(SHL, rd, rs1, (int) imm);
      case Op.SRLI -> integer.shiftImmediate(SHR, rd, rs1, (int) imm);
      case Op.SRAI -> integer.shiftImmediate(SAR, rd, rs1, (int) imm);
      case Op.RORI -> integer.shiftImmediate(ROR, rd, rs1, (int) imm);
      case Op.ADDIW -> integer.addWordImmediate(rd, rs1, (int) imm);
      case Op.SLLIW -> integer.shiftWordImmediate(SHL, rd, rs1, (int) imm);
      case Op.SRLIW -> integer.shiftWordImmediate(SHR, rd, rs1, (int) imm);
      case Op.SRAIW -> integer.shiftWordImmediate(SAR, rd, rs1, (int) imm);
      case Op.RORIW -> integer.shiftWordImmediate(ROR, rd, rs1, (int) imm);
      case Op.LUI -> registers.writeConstant(rd, imm);
      case Op.AUIPC -> control.pageRelative(rd, imm + 2L * parcel);
      case Op.ADD -> integer.add(rd, rs1, rs2);
      case Op.SUB -> integer.subtract(rd, rs1, rs2);
      case Op.AND -> integer.logic(AND, rd, rs1, rs2);
      case Op.OR -> integer.logic(OR, rd, rs1, rs2);
      case Op.XOR -> integer.logic(XOR, rd, rs1, rs2);
      case Op.ANDN -> integer.logicNot(AND, rd, rs1, rs2);
      case Op.ORN -> integer.logicNot(OR, rd, rs1, rs2);
      case Op.XNOR -> integer.logicNot(XOR, rd, rs1, rs2);
      case Op.SLT -> integer.compare(LESS, rd, rs1, rs2);
      case Op.SLTU -> integer.compare(BELOW, rd, rs1, rs2);
      case Op.SLL -> integer.shift(SHL, rd, rs1, rs2);
      case Op.SRL -> integer.shift(SHR, rd, rs1, rs2);
      case Op.SRA -> integer.shift(SAR, rd, rs1, rs2);
      case Op.ADDW -> integer.word(ADD, rd, rs1, rs2);
      case Op.SUBW -> integer.word(SUB, rd, rs1, rs2);
      case Op.SLLW -> integer.shiftWord(SHL, rd, rs1, rs2);
      case Op.SRLW -> integer.shiftWord(SHR, rd, rs1, rs2);
      case Op.SRAW -> integer.shiftWord(SAR, rd, rs1, rs2);
      case Op.ROL -> integer.rotate(ROL, true, rd, rs1, rs2);
      case Op.ROR -> integer.rotate(ROR, true, rd, rs1, rs2);
      case Op.ROLW -> integer.rotate(ROL, false, rd, rs1, rs2);
      case Op.RORW -> integer.rotate(ROR, false, rd, rs1, rs2);
      case Op.SH1ADD -> integer.shiftAdd(1, rd, rs1, rs2);
      case Op.SH2ADD -> integer.shiftAdd(2, rd, rs1, rs2);
      case Op.SH3ADD -> integer.shiftAdd(3, rd, rs1, rs2);
      case Op.ADD_UW -> integer.shiftAddWord(0, rd, rs1, rs2);
      case Op.SH1ADD_UW -> integer.shiftAddWord(1, rd, rs1, rs2);
      case Op.SH2ADD_UW -> integer.shiftAddWord(2, rd, rs1, rs2);
      case Op.SH3ADD_UW -> integer.shiftAddWord(3, rd, rs1, rs2);
      case Op.SLLI_UW -> {
        a.mov32(RAX, registers.read(rs1, RAX));
        a.shift(SHL, true, RAX, (int) imm);
        registers.write(rd, RAX);
      }
      case Op.MUL -> integer.multiply(true, rd, rs1, rs2);
      case Op.MULW -> integer.multiply(false, rd, rs1, rs2);
      case Op.MULH -> integer.multiplyHigh(IMUL, rd, rs1, rs2);
      case Op.MULHU -> integer.multiplyHigh(MUL, rd, rs1, rs2);
      case Op.MULHSU -> integer.multiplyHighMixed(rd, rs1, rs2);
      case Op.DIV -> integer.divide(true, true, false, rd, rs1, rs2);
      case Op.DIVU -> integer.divide(true, false, false, rd, rs1, rs2);
      case Op.REM -> integer.divide(true, true, true, rd, rs1, rs2);
      case Op.REMU -> integer.divide(true, false, true, rd, rs1, rs2);
      case Op.DIVW -> integer.divide(false, true, false, rd, rs1, rs2);
      case Op.DIVUW -> integer.divide(false, false, false, rd, rs1, rs2);
      case Op.REMW -> integer.divide(false, true, true, rd, rs1, rs2);
      case Op.REMUW -> integer.divide(false, false, true, rd, rs1, rs2);
      case Op.CLZ -> integer.leadingZeros(true, rd, rs1);
      case Op.CTZ -> integer.count(TZCNT, true, rd, rs1);
      case Op.CPOP -> integer.count(POPCNT, true, rd, rs1);
      case Op.CLZW -> integer.leadingZeros(false, rd, rs1);
      case Op.CTZW -> integer.count(TZCNT, false, rd, rs1);
      case Op.CPOPW -> integer.count(POPCNT, false, rd, rs1);
      case Op.MIN -> integer.select(GREATER, rd, rs1, rs2);
      case Op.MINU -> integer.select(ABOVE, rd, rs1, rs2);
      case Op.MAX -> integer.select(LESS, rd, rs1, rs2);
      case Op.MAXU -> integer.select(BELOW, rd, rs1, rs2);
      case Op.SEXT_B -> integer.extend(MOVSX_BYTE, rd, rs1);
      case Op.SEXT_H -> integer.extend(MOVSX_WORD, rd, rs1);
      case Op.ZEXT_H -> integer.extend(MOVZX_WORD, rd, rs1);
      case Op.REV8 -> {
        registers.readInto(RAX, rs1);
        a.bswap(true, RAX);
        registers.write(rd, RAX);
      }
      case Op.ORC_B -> integer.combineBytes(rd, rs1);
      case Op.CLMUL, Op.CLMULH, Op.CLMULR -> integer.carrylessMultiply(op, rd, rs1, rs2);
      case Op.CBO_ZERO -> memory.zeroBlock(rs1, parcel, count);
      case Op.PREFETCH_I, Op.PREFETCH_R, Op.PREFETCH_W -> {}
      case Op.CZERO_EQZ -> integer.conditionalZero(EQUAL, rd, rs1, rs2);
      case Op.CZERO_NEZ -> integer.conditionalZero(NOT_EQUAL, rd, rs1, rs2);
      case Op.BEXT -> integer.bitExtract(rd, rs1, rs2);
      case Op.BEXTI -> {
        registers.readInto(RAX, rs1);
        a.shift(SHR, true, RAX, (int) imm);
        a.aluImmediate(AND, false, RAX, 1);
        registers.write(rd, RAX);
      }
      case Op.BSET -> integer.bit(5, rd, rs1, rs2);
      case Op.BCLR -> integer.bit(6, rd, rs1, rs2);
      case Op.BINV -> integer.bit(7, rd, rs1, rs2);
      case Op.BSETI -> integer.bitImmediate(5, OR, rd, rs1, (int) imm);
      case Op.BCLRI -> integer.bitImmediate(6, AND, rd, rs1, (int) imm);
      case Op.BINVI -> integer.bitImmediate(7, XOR, rd, rs1, (int) imm);
      case Op.PACK -> integer.pack(32, rd, rs1, rs2);
      case Op.PACKW -> integer.pack(16, rd, rs1, rs2);
      case Op.PACKH -> integer.pack(8, rd, rs1, rs2);
      case Op.BREV8 -> integer.reverseBits(rd, rs1);
      case Op.LB -> memory.load(packed, parcel, count, 1, MOVSX_BYTE);
      case Op.LBU -> memory.load(packed, parcel, count, 1, MOVZX_BYTE);
      case Op.LH -> memory.load(packed, parcel, count, 2, MOVSX_WORD);
      case Op.LHU -> memory.load(packed, parcel, count, 2, MOVZX_WORD);
      case Op.LW -> memory.load(packed, parcel, count, 4, X64Memory.SIGNED_WORD);
      case Op.LWU -> memory.load(packed, parcel, count, 4, X64Memory.UNSIGNED_WORD);
      case Op.LD -> memory.load(packed, parcel, count, 8, X64Memory.DOUBLEWORD);
      case Op.SB, Op.SH, Op.SW, Op.SD -> memory.store(packed, parcel, count, Access.size(op));
      case Op.PAUSE, Op.WRS_STO -> {
        if (siblings.getAsBoolean()) { // of which one may be waited for
          exits.slow(parcel, count);
        }
      }
      case Op.FENCE -> atomics.fence(Predecoder.word(packed));
      case Op.ECALL, Op.SRET -> control.trap(op == Op.ECALL, parcel, count);
      case Op.SFENCE_VMA, Op.SINVAL_VMA -> control.fence(packed, parcel, count);
      case Op.FENCE_I -> atomics.fenceInstruction(parcel, count);
      case Op.CSRRW, Op.CSRRS, Op.CSRRC, Op.CSRRWI, Op.CSRRSI, Op.CSRRCI ->
          csrs.instruction(packed, parcel, count);
      default -> {
        if (!atomics.instruction(packed, parcel, count)
            && !floats.instruction(packed, parcel, count)) {
          exits.slow(parcel, count);
        }
      }
    }
    if (!(op == Op.ADDI && rd == rs1)) {
      memory.forgetSlots(rd);
    }
  }
}
