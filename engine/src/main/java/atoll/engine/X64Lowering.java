package atoll.engine;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.isa.CsrNumber;
import atoll.isa.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * The meaning of each guest instruction as x86-64 code: the one place that lowers them.
 *
 * <p>{@link #instruction} emits one. What it does not inline becomes an exit that has {@link
 * ColdUnit} execute the instruction and then resumes behind it, as does every case that the inline
 * code cannot decide: a TLB miss, an access across pages, a NaN that needs care. Exits are emitted
 * behind the code, by {@link #exits}.
 */
final class X64Lowering {
  // Exit codes: the reason, the parcel, and how many instructions of the block have not retired.

  /** Execute the instruction at the parcel in Java, then resume. */
  static final int SLOW = 0;

  /** Control goes to the parcel, whose translation is not known; the jump may be patched. */
  static final int LINK = 1;

  /** Control goes to {@link StateBlock#TARGET}, which the jump cache does not hold. */
  static final int LOOKUP = 2;

  /** The slice is used up. */
  static final int BUDGET = 3;

  /** The code at the parcel has been dropped. */
  static final int STALE = 4;

  /** The region at the parcel has TLB slots of another epoch. */
  static final int REFRESH = 5;

  static final int REASON_MASK = 15;
  static final int PARCEL_SHIFT = 4;
  static final int PARCEL_MASK = CodePage.PARCELS - 1;
  static final int COUNT_SHIFT = 15;

  /** No block has more instructions, so that counts fit. */
  static final int MOST_COUNT = 400;

  private static final int PAGE = 4096;

  /** Bytes of a cache block. */
  private static final int BLOCK = 64;

  private final X64Assembler a;

  private final Trampolines trampolines;

  /** Where guest registers are: a host register, or -1 for the state block. */
  private int[] map;

  /** The same for floating-point registers, in {@code xmm} registers. */
  private int[] floatMap;

  /** Whether TLB slots are used: {@link #slots} of them from this offset on, 16 bytes each. */
  private boolean useSlots;

  private int slotBase;
  private int slots;

  /** Slots by base register and kind of access, or -1. */
  private final int[] slotOf = new int[64];

  /** A bit for each slot that stores use. */
  private long writeSlots;

  /** The slots that are shared once there are too many, by kind; or -1. */
  private final int[] sharedSlot = new int[2];

  /** Whether the block has already established that floating-point instructions may run. */
  private boolean floatChecked;

  // Exits to emit behind the code: label, where to resume (a label, or -1), exit code.
  private final int[] exitLabel = new int[4096];
  private final int[] exitResume = new int[4096];
  private final int[] exitCode = new int[4096];
  private int exitCount;

  /** Emit what leaves a region's register places and what goes back to them; nothing elsewhere. */
  private Runnable leaveRegion = NOTHING;

  private Runnable enterRegion = NOTHING;

  private static final Runnable NOTHING = () -> {};

  /** Whether the machine has one hart: its atomics then need not be the host's. */
  private final boolean alone;

  X64Lowering(X64Assembler assembler, Trampolines trampolines, boolean alone) {
    this.alone = alone;
    this.a = assembler;
    this.trampolines = trampolines;
  }

  static int code(int reason, int parcel, int count) {
    return reason | parcel << PARCEL_SHIFT | count << COUNT_SHIFT;
  }

  /** Begins a block outside of regions. */
  void begin(int[] registers, int[] floatRegisters) {
    map = registers;
    floatMap = floatRegisters;
    useSlots = false;
    exitCount = 0;
    floatChecked = false;
    leaveRegion = NOTHING;
    enterRegion = NOTHING;
  }

  /** Begins a region: its slots lie from {@code slotOffset} on. */
  void beginRegion(
      int[] registers, int[] floatRegisters, int slotOffset, Runnable leave, Runnable enter) {
    begin(registers, floatRegisters);
    useSlots = true;
    slotBase = slotOffset;
    slots = 0;
    writeSlots = 0;
    java.util.Arrays.fill(slotOf, -1);
    java.util.Arrays.fill(sharedSlot, -1);
    leaveRegion = leave;
    enterRegion = enter;
    floatChecked = true;
  }

  /** How many slots the region has used. */
  int slots() {
    return slots;
  }

  /** Which of them stores use, a bit each. */
  long writeSlots() {
    return writeSlots;
  }

  /** After a register has been given a value that has nothing to do with its old one. */
  private void forgetSlots(int rd) {
    if (useSlots && rd < 32) {
      slotOf[rd << 1] = -1;
      slotOf[rd << 1 | 1] = -1;
    }
  }

  private int slot(int rs1, boolean store) {
    int kind = store ? 1 : 0;
    int key = rs1 << 1 | kind;
    if (slotOf[key] < 0) {
      if (slots < RegionTranslator.MOST_SLOTS - 2) {
        slotOf[key] = newSlot(store);
      } else {
        if (sharedSlot[kind] < 0) {
          sharedSlot[kind] = newSlot(store);
        }
        slotOf[key] = sharedSlot[kind];
      }
    }
    return slotOf[key];
  }

  private int newSlot(boolean store) {
    writeSlots |= (store ? 1L : 0) << slots;
    return slotBase + 16 * slots++;
  }

  // ------------------------------------------------------------ exits

  /** A label that leads to an exit; execution resumes at {@code resume}, or nowhere if -1. */
  int exit(int code, int resume) {
    int label = a.label();
    exitLabel[exitCount] = label;
    exitResume[exitCount] = resume;
    exitCode[exitCount++] = code;
    return label;
  }

  /** Emits the exits that the code before refers to. */
  void exits() {
    for (int i = 0; i < exitCount; i++) {
      a.bind(exitLabel[i]);
      leaveRegion.run();
      a.constant(RAX, exitCode[i]);
      int resume = exitResume[i];
      if (resume < 0) {
        a.jumpTo(trampolines.exit);
      } else {
        a.callTo(trampolines.exitResumably);
        enterRegion.run();
        a.jump(resume);
      }
    }
    exitCount = 0;
  }

  // ------------------------------------------------------------ registers

  /**
   * The host register that holds a guest register, which is loaded into {@code scratch} if none
   * does.
   */
  private int read(int r, int scratch) {
    if (r == 0) {
      a.constant(scratch, 0);
      return scratch;
    }
    if (map[r] >= 0) {
      return map[r];
    }
    a.load(true, scratch, state(StateBlock.x(r)));
    return scratch;
  }

  /** Loads a guest register into a given host register. */
  private void readInto(int to, int r) {
    if (r == 0) {
      a.constant(to, 0);
    } else if (map[r] >= 0) {
      if (map[r] != to) {
        a.mov(to, map[r]);
      }
    } else {
      a.load(true, to, state(StateBlock.x(r)));
    }
  }

  /** Where to compute a guest register's new value. */
  private int target(int rd, int scratch) {
    return rd < 32 && map[rd] >= 0 ? map[rd] : scratch;
  }

  /** Ends a write: {@code from} is what {@link #target} gave, or any register. */
  private void write(int rd, int from) {
    if (rd == Hart.SINK) {
      return;
    }
    if (map[rd] < 0) {
      a.store(true, state(StateBlock.x(rd)), from);
    } else if (map[rd] != from) {
      a.mov(map[rd], from);
    }
  }

  private void writeConstant(int rd, long value) {
    if (rd == Hart.SINK) {
      return;
    }
    if (map[rd] >= 0) {
      a.constant(map[rd], value);
    } else if (value == (int) value) {
      a.storeImmediate(true, state(StateBlock.x(rd)), (int) value);
    } else {
      a.constant(RAX, value);
      a.store(true, state(StateBlock.x(rd)), RAX);
    }
  }

  private void operand(int op, boolean wide, int to, int r) {
    if (r == 0) {
      a.aluImmediate(op, wide, to, 0);
    } else if (map[r] >= 0) {
      a.alu(op, wide, to, map[r]);
    } else {
      a.alu(op, wide, to, state(StateBlock.x(r)));
    }
  }

  // ------------------------------------------------------------ instructions

  /**
   * Emits an instruction that does not transfer control.
   *
   * @param packed it, as {@link Predecoder} packs it
   * @param parcel where in its page it is
   * @param count how many instructions of its block have not retired, this one included
   */
  void instruction(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    int rd = Predecoder.rd(packed);
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    long imm = Predecoder.immediate(packed);
    switch (op) {
      case Op.ADDI -> addImmediate(rd, rs1, (int) imm);
      case Op.ANDI -> logicImmediate(AND, rd, rs1, (int) imm);
      case Op.ORI -> logicImmediate(OR, rd, rs1, (int) imm);
      case Op.XORI -> logicImmediate(XOR, rd, rs1, (int) imm);
      case Op.SLTI -> compareImmediate(LESS, rd, rs1, (int) imm);
      case Op.SLTIU -> compareImmediate(BELOW, rd, rs1, (int) imm);
      case Op.SLLI -> shiftImmediate(SHL, rd, rs1, (int) imm);
      case Op.SRLI -> shiftImmediate(SHR, rd, rs1, (int) imm);
      case Op.SRAI -> shiftImmediate(SAR, rd, rs1, (int) imm);
      case Op.RORI -> shiftImmediate(ROR, rd, rs1, (int) imm);
      case Op.ADDIW -> addWordImmediate(rd, rs1, (int) imm);
      case Op.SLLIW -> shiftWordImmediate(SHL, rd, rs1, (int) imm);
      case Op.SRLIW -> shiftWordImmediate(SHR, rd, rs1, (int) imm);
      case Op.SRAIW -> shiftWordImmediate(SAR, rd, rs1, (int) imm);
      case Op.RORIW -> shiftWordImmediate(ROR, rd, rs1, (int) imm);
      case Op.LUI -> writeConstant(rd, imm);
      case Op.AUIPC -> pageRelative(rd, imm + 2L * parcel);
      case Op.ADD -> add(rd, rs1, rs2);
      case Op.SUB -> subtract(rd, rs1, rs2);
      case Op.AND -> logic(AND, rd, rs1, rs2);
      case Op.OR -> logic(OR, rd, rs1, rs2);
      case Op.XOR -> logic(XOR, rd, rs1, rs2);
      case Op.ANDN -> logicNot(AND, rd, rs1, rs2);
      case Op.ORN -> logicNot(OR, rd, rs1, rs2);
      case Op.XNOR -> logicNot(XOR, rd, rs1, rs2);
      case Op.SLT -> compare(LESS, rd, rs1, rs2);
      case Op.SLTU -> compare(BELOW, rd, rs1, rs2);
      case Op.SLL -> shift(SHL, rd, rs1, rs2);
      case Op.SRL -> shift(SHR, rd, rs1, rs2);
      case Op.SRA -> shift(SAR, rd, rs1, rs2);
      case Op.ADDW -> word(ADD, rd, rs1, rs2);
      case Op.SUBW -> word(SUB, rd, rs1, rs2);
      case Op.SLLW -> shiftWord(SHL, rd, rs1, rs2);
      case Op.SRLW -> shiftWord(SHR, rd, rs1, rs2);
      case Op.SRAW -> shiftWord(SAR, rd, rs1, rs2);
      case Op.ROL -> rotate(ROL, true, rd, rs1, rs2);
      case Op.ROR -> rotate(ROR, true, rd, rs1, rs2);
      case Op.ROLW -> rotate(ROL, false, rd, rs1, rs2);
      case Op.RORW -> rotate(ROR, false, rd, rs1, rs2);
      case Op.SH1ADD -> shiftAdd(1, rd, rs1, rs2);
      case Op.SH2ADD -> shiftAdd(2, rd, rs1, rs2);
      case Op.SH3ADD -> shiftAdd(3, rd, rs1, rs2);
      case Op.ADD_UW -> shiftAddWord(0, rd, rs1, rs2);
      case Op.SH1ADD_UW -> shiftAddWord(1, rd, rs1, rs2);
      case Op.SH2ADD_UW -> shiftAddWord(2, rd, rs1, rs2);
      case Op.SH3ADD_UW -> shiftAddWord(3, rd, rs1, rs2);
      case Op.SLLI_UW -> {
        a.mov32(RAX, read(rs1, RAX));
        a.shift(SHL, true, RAX, (int) imm);
        write(rd, RAX);
      }
      case Op.MUL -> multiply(true, rd, rs1, rs2);
      case Op.MULW -> multiply(false, rd, rs1, rs2);
      case Op.MULH -> multiplyHigh(IMUL, rd, rs1, rs2);
      case Op.MULHU -> multiplyHigh(MUL, rd, rs1, rs2);
      case Op.DIV -> divide(true, true, false, rd, rs1, rs2);
      case Op.DIVU -> divide(true, false, false, rd, rs1, rs2);
      case Op.REM -> divide(true, true, true, rd, rs1, rs2);
      case Op.REMU -> divide(true, false, true, rd, rs1, rs2);
      case Op.DIVW -> divide(false, true, false, rd, rs1, rs2);
      case Op.DIVUW -> divide(false, false, false, rd, rs1, rs2);
      case Op.REMW -> divide(false, true, true, rd, rs1, rs2);
      case Op.REMUW -> divide(false, false, true, rd, rs1, rs2);
      case Op.CLZ -> count(LZCNT, true, rd, rs1);
      case Op.CTZ -> count(TZCNT, true, rd, rs1);
      case Op.CPOP -> count(POPCNT, true, rd, rs1);
      case Op.CLZW -> count(LZCNT, false, rd, rs1);
      case Op.CTZW -> count(TZCNT, false, rd, rs1);
      case Op.CPOPW -> count(POPCNT, false, rd, rs1);
      case Op.MIN -> select(GREATER, rd, rs1, rs2);
      case Op.MINU -> select(ABOVE, rd, rs1, rs2);
      case Op.MAX -> select(LESS, rd, rs1, rs2);
      case Op.MAXU -> select(BELOW, rd, rs1, rs2);
      case Op.SEXT_B -> extend(MOVSX_BYTE, rd, rs1);
      case Op.SEXT_H -> extend(MOVSX_WORD, rd, rs1);
      case Op.ZEXT_H -> extend(MOVZX_WORD, rd, rs1);
      case Op.REV8 -> {
        readInto(RAX, rs1);
        a.bswap(true, RAX);
        write(rd, RAX);
      }
      case Op.ORC_B -> combineBytes(rd, rs1);
      case Op.CBO_ZERO -> zeroBlock(rs1, parcel, count);
      case Op.PREFETCH_I, Op.PREFETCH_R, Op.PREFETCH_W -> {}
      case Op.CZERO_EQZ -> conditionalZero(EQUAL, rd, rs1, rs2);
      case Op.CZERO_NEZ -> conditionalZero(NOT_EQUAL, rd, rs1, rs2);
      case Op.BEXT -> bitExtract(rd, rs1, rs2);
      case Op.BEXTI -> {
        readInto(RAX, rs1);
        a.shift(SHR, true, RAX, (int) imm);
        a.aluImmediate(AND, false, RAX, 1);
        write(rd, RAX);
      }
      case Op.BSET -> bit(5, rd, rs1, rs2);
      case Op.BCLR -> bit(6, rd, rs1, rs2);
      case Op.BINV -> bit(7, rd, rs1, rs2);
      case Op.LB -> load(packed, parcel, count, 1, MOVSX_BYTE);
      case Op.LBU -> load(packed, parcel, count, 1, MOVZX_BYTE);
      case Op.LH -> load(packed, parcel, count, 2, MOVSX_WORD);
      case Op.LHU -> load(packed, parcel, count, 2, MOVZX_WORD);
      case Op.LW -> load(packed, parcel, count, 4, SIGNED_WORD);
      case Op.LWU -> load(packed, parcel, count, 4, UNSIGNED_WORD);
      case Op.LD -> load(packed, parcel, count, 8, DOUBLEWORD);
      case Op.SB, Op.SH, Op.SW, Op.SD -> store(packed, parcel, count, Access.size(op));
      case Op.FENCE -> fence(Predecoder.word(packed));
      case Op.CSRRW, Op.CSRRS, Op.CSRRC, Op.CSRRWI, Op.CSRRSI, Op.CSRRCI ->
          csr(packed, parcel, count);
      default -> {
        if (!atomic(packed, parcel, count) && !floating(packed, parcel, count)) {
          slow(parcel, count);
        }
      }
    }
    if (useSlots && !(op == Op.ADDI && rd == rs1)) {
      forgetSlots(rd);
    }
  }

  /** Has Java execute the instruction. */
  private void slow(int parcel, int count) {
    int resume = a.label();
    a.jump(exit(code(SLOW, parcel, count), resume));
    a.bind(resume);
  }

  private void addImmediate(int rd, int rs1, int imm) {
    if (rd == Hart.SINK) {
      return;
    }
    if (rs1 == 0) {
      writeConstant(rd, imm);
      return;
    }
    int d = target(rd, RAX);
    if (d == map[rs1] || (rd == rs1 && map[rd] < 0)) {
      if (imm != 0) {
        if (map[rd] < 0) {
          a.aluImmediate(ADD, true, state(StateBlock.x(rd)), imm);
        } else {
          a.aluImmediate(ADD, true, d, imm);
        }
      }
      return;
    }
    int s = read(rs1, RAX);
    if (imm == 0) {
      write(rd, s);
      return;
    }
    a.lea(true, d, at(s, imm));
    write(rd, d);
  }

  private void logicImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    readInto(d, rs1);
    a.aluImmediate(op, true, d, imm);
    write(rd, d);
  }

  private void compareImmediate(int condition, int rd, int rs1, int imm) {
    int s = read(rs1, RCX);
    a.aluImmediate(CMP, true, s, imm);
    conditionInto(condition, rd);
  }

  private void conditionInto(int condition, int rd) {
    a.setcc(condition, RAX);
    int d = target(rd, RAX);
    a.extend(MOVZX_BYTE, d, RAX);
    write(rd, d);
  }

  private void shiftImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    readInto(d, rs1);
    if (imm != 0) {
      a.shift(op, true, d, imm);
    }
    write(rd, d);
  }

  private void addWordImmediate(int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    int s = read(rs1, RAX);
    if (imm == 0 && narrow) {
      write(rd, s);
      return;
    }
    if (imm == 0) {
      a.movsxd(d, s);
    } else if (narrow) {
      a.lea(false, d, at(s, imm));
    } else {
      a.lea(false, RAX, at(s, imm));
      a.movsxd(d, RAX);
    }
    write(rd, d);
  }

  private void shiftWordImmediate(int op, int rd, int rs1, int imm) {
    int d = target(rd, RAX);
    boolean positive = op == SHR && imm != 0;
    int to = narrow || positive ? d : RAX;
    int s = read(rs1, to);
    if (to != s || imm == 0) {
      a.mov32(to, s);
    }
    if (imm != 0) {
      a.shift(op, false, to, imm);
    }
    if (positive) {
      write(rd, to);
    } else {
      writeWord(rd, to);
    }
  }

  /** Whether nobody looks at the upper half of the result of the instruction in hand. */
  private boolean narrow;

  void narrow(boolean yes) {
    narrow = yes;
  }

  /** Ends an operation whose 32-bit result is in {@code from}. */
  private void writeWord(int rd, int from) {
    if (narrow) {
      write(rd, from);
      return;
    }
    int d = target(rd, RAX);
    a.movsxd(d, from);
    write(rd, d);
  }

  /** {@code rd} = address of the page that is executing + offset. */
  void pageRelative(int rd, long offset) {
    int d = target(rd, RAX);
    a.load(true, d, state(StateBlock.PAGE_VA));
    if (offset != 0) {
      a.aluImmediate(ADD, true, d, (int) offset); // the sum of a 20-bit and a page offset fits
    }
    write(rd, d);
  }

  private void add(int rd, int rs1, int rs2) {
    if (rs1 == 0 || rs2 == 0) {
      addImmediate(rd, rs1 == 0 ? rs2 : rs1, 0);
      return;
    }
    int d = target(rd, RAX);
    if (d == map[rs1]) {
      operand(ADD, true, d, rs2);
    } else if (d == map[rs2]) {
      operand(ADD, true, d, rs1);
    } else if (map[rs1] >= 0 && map[rs2] >= 0) {
      a.lea(true, d, at(map[rs1], map[rs2], 0, 0));
    } else {
      readInto(d, rs1);
      operand(ADD, true, d, rs2);
    }
    write(rd, d);
  }

  private void subtract(int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (d == map[rs2] && rs1 != rs2) {
      if (rs1 == 0) {
        a.unary(NEG, true, d);
        return;
      }
      d = RAX;
    }
    readInto(d, rs1);
    operand(SUB, true, d, rs2);
    write(rd, d);
  }

  private void logic(int op, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (d == map[rs2]) {
      operand(op, true, d, rs1);
    } else {
      readInto(d, rs1);
      operand(op, true, d, rs2);
    }
    write(rd, d);
  }

  private void logicNot(int op, int rd, int rs1, int rs2) {
    readInto(RAX, rs2);
    a.unary(NOT, true, RAX);
    operand(op, true, RAX, rs1);
    write(rd, RAX);
  }

  private void compare(int condition, int rd, int rs1, int rs2) {
    int s = read(rs1, RCX);
    operand(CMP, true, s, rs2);
    conditionInto(condition, rd);
  }

  private void shift(int op, int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    int d = target(rd, RAX);
    a.shiftExtended(op, true, d, s, c);
    write(rd, d);
  }

  private void shiftWord(int op, int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    int to = narrow ? target(rd, RAX) : RAX;
    a.shiftExtended(op, false, to, s, c);
    writeWord(rd, to);
  }

  /** {@code rd} = the lower half of {@code rs1}, rotated left by {@code count}. */
  void rotateWord(int rd, int rs1, int count) {
    int to = target(rd, RAX);
    int s = read(rs1, to);
    if (s != to) {
      a.mov32(to, s);
    }
    a.shift(ROL, false, to, count);
    writeWord(rd, to);
  }

  private void rotate(int op, boolean wide, int rd, int rs1, int rs2) {
    readInto(RCX, rs2);
    readInto(RAX, rs1);
    a.shiftByCl(op, wide, RAX);
    if (!wide) {
      a.movsxd(RAX, RAX);
    }
    write(rd, RAX);
  }

  private void word(int op, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    if (op == ADD && map[rs1] >= 0 && map[rs2] >= 0) {
      int to = narrow ? d : RAX;
      if (to == map[rs1] || to == map[rs2]) {
        a.alu(ADD, false, to, to == map[rs1] ? map[rs2] : map[rs1]);
      } else {
        a.lea(false, to, at(map[rs1], map[rs2], 0, 0));
      }
      writeWord(rd, to);
      return;
    }
    int to = narrow && d != map[rs2] ? d : RAX;
    int s = read(rs1, to);
    if (s != to) {
      a.mov32(to, s);
    }
    operand(op, false, to, rs2);
    writeWord(rd, to);
  }

  private void shiftAdd(int scale, int rd, int rs1, int rs2) {
    int s = read(rs1, RCX);
    int b = read(rs2, RDX);
    int d = target(rd, RAX);
    a.lea(true, d, at(b, s, scale, 0));
    write(rd, d);
  }

  private void shiftAddWord(int scale, int rd, int rs1, int rs2) {
    a.mov32(RCX, read(rs1, RCX));
    int b = read(rs2, RDX);
    int d = target(rd, RAX);
    a.lea(true, d, at(b, RCX, scale, 0));
    write(rd, d);
  }

  private void multiply(boolean wide, int rd, int rs1, int rs2) {
    int d = target(rd, RAX);
    int to = (wide || narrow) && d != map[rs2] ? d : RAX;
    readInto(to, rs1);
    a.imul(wide, to, read(rs2, RCX));
    if (wide) {
      write(rd, to);
    } else {
      writeWord(rd, to);
    }
  }

  private void multiplyHigh(int op, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    a.unary(op, true, read(rs2, RCX));
    write(rd, RDX);
  }

  /** Division by zero and overflow give what RISC-V says instead of a trap (unpriv, M). */
  private void divide(boolean wide, boolean signed, boolean remainder, int rd, int rs1, int rs2) {
    int zero = a.label();
    int minusOne = a.label();
    int done = a.label();
    readInto(RCX, rs2);
    readInto(RAX, rs1);
    a.test(wide, RCX, RCX);
    a.jump(EQUAL, zero);
    if (signed) {
      a.aluImmediate(CMP, wide, RCX, -1);
      a.jump(EQUAL, minusOne);
      a.signIntoRdx(wide);
      a.unary(IDIV, wide, RCX);
    } else {
      a.constant(RDX, 0);
      a.unary(DIV, wide, RCX);
    }
    if (remainder) {
      a.mov(RAX, RDX);
    }
    a.bind(done);
    asides.add(() -> {
      if (signed) {
        a.bind(minusOne);
        if (remainder) {
          a.constant(RAX, 0);
        } else {
          a.unary(NEG, wide, RAX);
        }
        a.jump(done);
      }
      a.bind(zero);
      if (!remainder) {
        a.constant(RAX, -1);
      }
      a.jump(done);
    });
    if (!wide) {
      a.movsxd(RAX, RAX);
    }
    write(rd, RAX);
  }

  private void count(int opcode, boolean wide, int rd, int rs1) {
    int d = target(rd, RAX);
    a.count(opcode, wide, d, read(rs1, RCX));
    write(rd, d);
  }

  private void select(int condition, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    int other = read(rs2, RCX);
    a.alu(CMP, true, RAX, other);
    a.cmov(condition, true, RAX, other);
    write(rd, RAX);
  }

  private void extend(int opcode, int rd, int rs1) {
    int d = target(rd, RAX);
    a.extend(opcode, d, read(rs1, RAX));
    write(rd, d);
  }

  private void conditionalZero(int condition, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    int c = read(rs2, RCX);
    a.constant(RDX, 0);
    a.test(true, c, c);
    a.cmov(condition, true, RAX, RDX);
    write(rd, RAX);
  }

  /** {@code orc.b}: each byte that is not zero becomes 0xff; SSE compares bytes with zero. */
  private void combineBytes(int rd, int rs1) {
    a.movToSse(true, XMM0, read(rs1, RAX));
    a.bitwise(XORPS, XMM1, XMM1);
    a.compareBytes(XMM0, XMM1);
    a.movFromSse(true, RAX, XMM0);
    a.unary(NOT, true, RAX);
    write(rd, RAX);
  }

  private void bitExtract(int rd, int rs1, int rs2) {
    int s = read(rs1, RAX);
    int c = read(rs2, RCX);
    a.shiftExtended(SHR, true, RAX, s, c);
    a.aluImmediate(AND, false, RAX, 1);
    write(rd, RAX);
  }

  private void bit(int which, int rd, int rs1, int rs2) {
    readInto(RAX, rs1);
    a.bit(which, true, RAX, read(rs2, RCX));
    write(rd, RAX);
  }

  // ------------------------------------------------------------ loads and stores

  private static final int SIGNED_WORD = -1;
  private static final int UNSIGNED_WORD = -2;
  private static final int DOUBLEWORD = -3;

  /**
   * Emits the translation of an access and returns the host memory operand. Misses go to {@code
   * miss}. RAX, RCX and RDX are used; {@link #free} of them is free afterwards.
   */
  private long translate(int rs1, int imm, int size, boolean store, int miss) {
    if (useSlots && (chasers >>> rs1 & 1) == 0) {
      lastBySlot = true;
      return translateBySlot(rs1, imm, size, store, miss);
    }
    lastBySlot = false;
    address(rs1, imm);
    Trampolines.entry(a, RCX, RAX, store ? StateBlock.TLB_WRITE : StateBlock.TLB_READ);
    a.mov(RDX, RAX);
    a.alu(SUB, true, RDX, at(RCX, 0));
    a.aluImmediate(CMP, true, RDX, PAGE - size);
    a.jump(ABOVE, miss);
    a.load(true, RCX, at(RCX, 8));
    return at(RAX, RCX, 0, 0);
  }

  /** Whether the last access went by a slot. */
  private boolean lastBySlot;

  /**
   * Registers that follow pointers from page to page, for which one slot is no cache; a bit each.
   */
  private int chasers;

  void chasers(int registers) {
    chasers = registers;
  }

  /** The scratch register that {@link #translate}'s operand does not need. */
  private int free() {
    return lastBySlot ? RAX : RDX;
  }

  private void address(int rs1, int imm) {
    if (rs1 == 0) {
      a.constant(RAX, imm);
    } else if (map[rs1] >= 0) {
      if (imm == 0) {
        a.mov(RAX, map[rs1]);
      } else {
        a.lea(true, RAX, at(map[rs1], imm));
      }
    } else {
      a.load(true, RAX, state(StateBlock.x(rs1)));
      if (imm != 0) {
        a.aluImmediate(ADD, true, RAX, imm);
      }
    }
  }

  /** The access itself waits for nothing but its base register and the slot's addend. */
  private long translateBySlot(int rs1, int imm, int size, boolean store, int miss) {
    int slot = slot(rs1, store);
    int base = rs1 != 0 && map[rs1] >= 0 ? map[rs1] : RDX;
    if (base == RDX) {
      readInto(RDX, rs1);
    }
    int refilled = a.label();
    a.bind(refilled);
    if (imm == 0) {
      a.mov(RAX, base);
    } else {
      a.lea(true, RAX, at(base, imm));
    }
    a.alu(SUB, true, RAX, atOffset(slot));
    a.aluImmediate(CMP, true, RAX, PAGE - size);
    a.jump(ABOVE, slotMiss(rs1, imm, slot, store, refilled, miss));
    a.load(true, RCX, atOffset(slot + 8));
    return at(base, RCX, 0, imm);
  }

  // Slots to refill, to emit behind the code.
  private final int[] refillLabel = new int[2048];
  private final int[] refillSlot = new int[2048];
  private final int[] refillBack = new int[2048];
  private final int[] refillMiss = new int[2048];
  private final int[] refillAddress = new int[2048];
  private int refillCount;

  private int slotMiss(int rs1, int imm, int slot, boolean store, int back, int miss) {
    int label = a.label();
    refillLabel[refillCount] = label;
    refillSlot[refillCount] = slot;
    refillBack[refillCount] = back;
    refillMiss[refillCount] = miss;
    refillAddress[refillCount++] = imm << 6 | rs1 << 1 | (store ? 1 : 0);
    return label;
  }

  /** Emits what fills slots; comes before {@link #exits}. */
  void refills() {
    for (int i = 0; i < refillCount; i++) {
      a.bind(refillLabel[i]);
      int address = refillAddress[i];
      int rs1 = address >> 1 & 31;
      address(rs1, address >> 6);
      a.lea(true, RDX, atOffset(refillSlot[i]));
      a.callTo((address & 1) != 0 ? trampolines.refillWrite : trampolines.refillRead);
      a.jump(BELOW, refillMiss[i]);
      if (rs1 == 0 || map[rs1] < 0) {
        readInto(RDX, rs1);
      }
      a.jump(refillBack[i]);
    }
    refillCount = 0;
  }

  private void load(long packed, int parcel, int count, int size, int opcode) {
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, false, miss);
    int d = target(rd, RAX);
    switch (opcode) {
      case SIGNED_WORD -> a.movsxd(d, m);
      case UNSIGNED_WORD -> a.load(false, d, m);
      case DOUBLEWORD -> a.load(true, d, m);
      default -> a.extend(opcode, d, m);
    }
    write(rd, d);
    a.bind(resume);
  }

  private void store(long packed, int parcel, int count, int size) {
    int rs2 = Predecoder.rs2(packed);
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, true, miss);
    int v = read(rs2, free());
    switch (size) {
      case 1 -> a.store8(m, v);
      case 2 -> a.store16(m, v);
      case 4 -> a.store(false, m, v);
      default -> a.store(true, m, v);
    }
    a.bind(resume);
  }

  /** {@code cbo.zero}, where it is enabled. */
  private void zeroBlock(int rs1, int parcel, int count) {
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    a.aluImmediate(CMP, false, state(StateBlock.ZERO_READY), 0);
    a.jump(EQUAL, miss);
    readInto(RAX, rs1);
    a.aluImmediate(AND, true, RAX, -BLOCK);
    Trampolines.entry(a, RCX, RAX, StateBlock.TLB_WRITE);
    a.mov(RDX, RAX);
    a.aluImmediate(AND, true, RDX, -PAGE);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, miss);
    a.alu(ADD, true, RAX, at(RCX, 8));
    a.bitwise(XORPS, XMM0, XMM0);
    for (int i = 0; i < BLOCK; i += 16) {
      a.storeUnaligned(at(RAX, i), XMM0);
    }
    a.bind(resume);
  }

  // ------------------------------------------------------------ atomics

  /**
   * x86 reorders nothing but a store with a later load; the device side of a queue is another
   * thread even if there is only one hart.
   */
  private void fence(int word) {
    boolean writesBefore = (word >>> 24 & FENCE_W) != 0;
    boolean readsAfter = (word >>> 20 & FENCE_R) != 0;
    if (writesBefore && readsAfter) {
      a.storeFence();
    }
  }

  private static final int FENCE_W = 5; // O and W
  private static final int FENCE_R = 10; // I and R

  /** Emits an instruction of the A extension, if it is one that can be done in place. */
  private boolean atomic(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    switch (op) {
      case Op.AMOADD_W, Op.AMOADD_D -> exchange(packed, parcel, count, true);
      case Op.AMOSWAP_W, Op.AMOSWAP_D -> exchange(packed, parcel, count, false);
      case Op.AMOAND_W, Op.AMOAND_D -> update(packed, parcel, count, AND);
      case Op.AMOOR_W, Op.AMOOR_D -> update(packed, parcel, count, OR);
      case Op.AMOXOR_W, Op.AMOXOR_D -> update(packed, parcel, count, XOR);
      case Op.LR_W, Op.LR_D -> loadReserved(packed, parcel, count, op == Op.LR_D);
      case Op.SC_W, Op.SC_D -> storeConditional(packed, parcel, count, op == Op.SC_D);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static boolean isDoubleword(int op) {
    return switch (op) {
      case Op.AMOADD_D, Op.AMOSWAP_D, Op.AMOAND_D, Op.AMOOR_D, Op.AMOXOR_D -> true;
      default -> false;
    };
  }

  /** RAX = host address of an aligned word; misses and misalignment go to {@code miss}. */
  private void atomicAddress(int rs1, int size, boolean store, int miss) {
    address(rs1, 0);
    Trampolines.entry(a, RCX, RAX, store ? StateBlock.TLB_WRITE : StateBlock.TLB_READ);
    a.mov(RDX, RAX);
    a.aluImmediate(AND, true, RDX, -PAGE | size - 1);
    a.alu(CMP, true, RDX, at(RCX, 0));
    a.jump(NOT_EQUAL, miss);
    a.alu(ADD, true, RAX, at(RCX, 8));
  }

  private void exchange(long packed, int parcel, int count, boolean add) {
    boolean wide = isDoubleword(Predecoder.op(packed));
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    readInto(RCX, Predecoder.rs2(packed));
    if (!alone) {
      if (add) {
        a.lockXadd(wide, at(RAX, 0), RCX);
      } else {
        a.xchg(wide, at(RAX, 0), RCX);
      }
    } else {
      a.load(wide, RDX, at(RAX, 0));
      if (add) {
        a.alu(ADD, wide, at(RAX, 0), RCX);
      } else {
        a.store(wide, at(RAX, 0), RCX);
      }
      a.mov(RCX, RDX);
    }
    extendWord(wide, RCX);
    write(rd, RCX);
    a.bind(resume);
  }

  private void extendWord(boolean wide, int r) {
    if (!wide) {
      a.movsxd(r, r);
    }
  }

  private void update(long packed, int parcel, int count, int op) {
    boolean wide = isDoubleword(Predecoder.op(packed));
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    if (alone) {
      a.load(wide, RCX, at(RAX, 0));
      readInto(RDX, Predecoder.rs2(packed));
      a.alu(op, wide, at(RAX, 0), RDX);
      extendWord(wide, RCX);
      write(rd, RCX);
      a.bind(resume);
      return;
    }
    a.mov(RCX, RAX);
    a.load(wide, RAX, at(RCX, 0));
    int again = a.label();
    a.bind(again);
    a.mov(RDX, RAX);
    operand(op, wide, RDX, Predecoder.rs2(packed));
    a.lockCmpxchg(wide, at(RCX, 0), RDX);
    a.jump(NOT_EQUAL, again);
    extendWord(wide, RAX);
    write(rd, RAX);
    a.bind(resume);
  }

  private void loadReserved(long packed, int parcel, int count, boolean wide) {
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, false, miss);
    a.store(true, state(StateBlock.RESERVATION), RAX);
    if (wide) {
      a.load(true, RAX, at(RAX, 0));
    } else {
      a.movsxd(RAX, at(RAX, 0));
    }
    a.store(true, state(StateBlock.RESERVED_VALUE), RAX);
    write(rd, RAX);
    a.bind(resume);
  }

  private void storeConditional(long packed, int parcel, int count, boolean wide) {
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int fail = a.label();
    int done = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    a.mov(RCX, RAX);
    a.alu(CMP, true, RCX, state(StateBlock.RESERVATION));
    a.storeImmediate(true, state(StateBlock.RESERVATION), 0);
    a.jump(NOT_EQUAL, fail);
    a.load(true, RAX, state(StateBlock.RESERVED_VALUE));
    int v = read(Predecoder.rs2(packed), RDX);
    if (alone) {
      a.alu(CMP, wide, RAX, at(RCX, 0));
      a.jump(NOT_EQUAL, fail);
      a.store(wide, at(RCX, 0), v);
    } else {
      a.lockCmpxchg(wide, at(RCX, 0), v);
      a.jump(NOT_EQUAL, fail);
    }
    writeConstant(rd, 0);
    a.jump(done);
    a.bind(fail);
    writeConstant(rd, 1);
    a.bind(done);
    a.bind(resume);
  }

  // ------------------------------------------------------------ CSRs

  /** Emits a CSR instruction: in place for those of S mode that kernels use at every trap. */
  private void csr(long packed, int parcel, int count) {
    int number = Predecoder.word(packed) >>> 20;
    boolean writes =
        switch (Predecoder.op(packed)) {
          case Op.CSRRW, Op.CSRRWI -> true;
          default -> Predecoder.rs1(packed) != 0;
        };
    switch (number) {
      case CsrNumber.SSCRATCH -> plainCsr(TrapRegisters.SCRATCH, packed, parcel, count, writes);
      case CsrNumber.SCAUSE -> plainCsr(TrapRegisters.CAUSE, packed, parcel, count, writes);
      case CsrNumber.STVAL -> plainCsr(TrapRegisters.TVAL, packed, parcel, count, writes);
      case CsrNumber.SEPC -> plainCsr(TrapRegisters.EPC, packed, parcel, count, writes);
      case CsrNumber.SSTATUS -> status(packed, parcel, count, writes);
      default -> slow(parcel, count);
    }
  }

  /** RCX = the new value of a CSR whose old one is in RAX. */
  private void newValue(long packed) {
    int rs1 = Predecoder.rs1(packed);
    switch (Predecoder.op(packed)) {
      case Op.CSRRW -> readInto(RCX, rs1);
      case Op.CSRRWI -> a.constant(RCX, rs1);
      case Op.CSRRS -> {
        readInto(RCX, rs1);
        a.alu(OR, true, RCX, RAX);
      }
      case Op.CSRRSI -> {
        a.mov(RCX, RAX);
        a.aluImmediate(OR, true, RCX, rs1);
      }
      case Op.CSRRC -> {
        readInto(RCX, rs1);
        a.unary(NOT, true, RCX);
        a.alu(AND, true, RCX, RAX);
      }
      default -> {
        a.mov(RCX, RAX);
        a.aluImmediate(AND, true, RCX, ~rs1);
      }
    }
  }

  private void plainCsr(int register, long packed, int parcel, int count, boolean writes) {
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    long m = state(StateBlock.SUPERVISOR_TRAP + register);
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), Privilege.SUPERVISOR);
    a.jump(LESS, miss);
    a.load(true, RAX, m);
    if (writes) {
      newValue(packed);
      if (register == TrapRegisters.EPC) {
        a.aluImmediate(AND, true, RCX, -2);
      }
      a.store(true, m, RCX);
    }
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  private void status(long packed, int parcel, int count, boolean writes) {
    int resume = a.label();
    int miss = exit(code(SLOW, parcel, count), resume);
    int rd = Predecoder.rd(packed);
    a.aluImmediate(CMP, false, state(StateBlock.PRIVILEGE), Privilege.SUPERVISOR);
    a.jump(LESS, miss);
    visibleStatus();
    if (writes) {
      if (rd != Hart.SINK) {
        a.store(true, state(StateBlock.OLD_STATUS), RAX);
      }
      newValue(packed);
      a.mov(RAX, RCX);
      a.callTo(trampolines.writeStatus);
      a.jump(BELOW, miss);
      floatChecked = useSlots; // regions end here and check when they are entered again
      if (rd != Hart.SINK) {
        a.load(true, RAX, state(StateBlock.OLD_STATUS));
      }
    }
    write(rd, RAX);
    a.bind(resume);
  }

  /** RAX = {@code sstatus}; SD follows from FS. */
  private void visibleStatus() {
    int clean = a.label();
    a.load(true, RAX, state(StateBlock.STATUS));
    a.constant(RCX, Mstatus.S_VISIBLE & ~Mstatus.SD);
    a.alu(AND, true, RAX, RCX);
    a.mov32(RCX, RAX);
    a.aluImmediate(AND, false, RCX, (int) Mstatus.FS);
    a.aluImmediate(CMP, false, RCX, (int) Mstatus.FS_DIRTY);
    a.jump(NOT_EQUAL, clean);
    a.constant(RCX, Mstatus.SD);
    a.alu(OR, true, RAX, RCX);
    a.bind(clean);
  }

  // ------------------------------------------------------------ floating point

  private static final int XMM0 = 0;
  private static final int XMM1 = 1;
  private static final int XMM2 = 2;
  private static final int DYNAMIC = 7;
  private static final int TOWARDS_ZERO = 1;
  private static final int XORPS = 0x57;

  /** VFMADD213 and its siblings by what RISC-V calls them. */
  private static final int VFMADD = 0xa9;

  private static final int VFMSUB = 0xab;
  private static final int VFNMADD = 0xad;
  private static final int VFNMSUB = 0xaf;

  /** Emits an instruction of F or D, if it is one that can be done in place. */
  private boolean floating(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    if (FloatUnit.reservedRounding(packed)) {
      return false;
    }
    switch (op) {
      case Op.FLD -> floatLoad(packed, parcel, count, true);
      case Op.FLW -> floatLoad(packed, parcel, count, false);
      case Op.FSD -> floatStore(packed, parcel, count, true);
      case Op.FSW -> floatStore(packed, parcel, count, false);
      case Op.FADD_D -> arithmetic(FADD, true, packed, parcel, count);
      case Op.FSUB_D -> arithmetic(FSUB, true, packed, parcel, count);
      case Op.FMUL_D -> arithmetic(FMUL, true, packed, parcel, count);
      case Op.FDIV_D -> arithmetic(FDIV, true, packed, parcel, count);
      case Op.FADD_S -> arithmetic(FADD, false, packed, parcel, count);
      case Op.FSUB_S -> arithmetic(FSUB, false, packed, parcel, count);
      case Op.FMUL_S -> arithmetic(FMUL, false, packed, parcel, count);
      case Op.FDIV_S -> arithmetic(FDIV, false, packed, parcel, count);
      case Op.FSQRT_D -> squareRoot(true, packed, parcel, count);
      case Op.FSQRT_S -> squareRoot(false, packed, parcel, count);
      case Op.FMADD_D -> fused(VFMADD, true, packed, parcel, count);
      case Op.FMSUB_D -> fused(VFMSUB, true, packed, parcel, count);
      case Op.FNMSUB_D -> fused(VFNMADD, true, packed, parcel, count);
      case Op.FNMADD_D -> fused(VFNMSUB, true, packed, parcel, count);
      case Op.FMADD_S -> fused(VFMADD, false, packed, parcel, count);
      case Op.FMSUB_S -> fused(VFMSUB, false, packed, parcel, count);
      case Op.FNMSUB_S -> fused(VFNMADD, false, packed, parcel, count);
      case Op.FNMADD_S -> fused(VFNMSUB, false, packed, parcel, count);
      case Op.FSGNJ_D, Op.FSGNJN_D, Op.FSGNJX_D -> signDouble(op, packed, parcel, count);
      case Op.FSGNJ_S, Op.FSGNJN_S, Op.FSGNJX_S -> signSingle(op, packed, parcel, count);
      case Op.FMIN_D -> minimum(MINS, true, packed, parcel, count);
      case Op.FMAX_D -> minimum(MAXS, true, packed, parcel, count);
      case Op.FMIN_S -> minimum(MINS, false, packed, parcel, count);
      case Op.FMAX_S -> minimum(MAXS, false, packed, parcel, count);
      case Op.FEQ_D, Op.FLT_D, Op.FLE_D -> comparison(op, true, packed, parcel, count);
      case Op.FEQ_S, Op.FLT_S, Op.FLE_S -> comparison(op, false, packed, parcel, count);
      case Op.FMV_X_D, Op.FMV_X_W -> moveToInteger(op == Op.FMV_X_D, packed, parcel, count);
      case Op.FMV_D_X, Op.FMV_W_X -> moveFromInteger(op == Op.FMV_D_X, packed, parcel, count);
      case Op.FCVT_D_W -> fromInteger(true, false, true, packed, parcel, count);
      case Op.FCVT_D_WU -> fromInteger(true, false, false, packed, parcel, count);
      case Op.FCVT_D_L -> fromInteger(true, true, true, packed, parcel, count);
      case Op.FCVT_S_W -> fromInteger(false, false, true, packed, parcel, count);
      case Op.FCVT_S_WU -> fromInteger(false, false, false, packed, parcel, count);
      case Op.FCVT_S_L -> fromInteger(false, true, true, packed, parcel, count);
      case Op.FCVT_W_D -> toInteger(true, false, packed, parcel, count);
      case Op.FCVT_L_D -> toInteger(true, true, packed, parcel, count);
      case Op.FCVT_W_S -> toInteger(false, false, packed, parcel, count);
      case Op.FCVT_L_S -> toInteger(false, true, packed, parcel, count);
      case Op.FCVT_S_D -> convert(true, packed, parcel, count);
      case Op.FCVT_D_S -> convert(false, packed, parcel, count);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static final int MINS = 0xf5d;
  private static final int MAXS = 0xf5f;

  private int slowExit(int parcel, int count, int resume) {
    return exit(code(SLOW, parcel, count), resume);
  }

  /** Goes to {@code miss} unless floating-point instructions may run. */
  private void floatGuard(int miss) {
    if (!floatChecked) {
      a.aluImmediate(CMP, false, state(StateBlock.FLOAT_READY), 0);
      a.jump(EQUAL, miss);
      floatChecked = true;
    }
  }

  /** Goes to {@code miss} unless MXCSR rounds as the instruction wants. */
  private void roundingGuard(long packed, int miss) {
    int mode = Predecoder.word(packed) >>> 12 & 7;
    if (mode != DYNAMIC) {
      a.aluImmediate(CMP, false, state(StateBlock.ROUNDING), mode);
      a.jump(NOT_EQUAL, miss);
    }
  }

  /** The {@code xmm} register with a number; one that lacks its box goes to {@code miss}. */
  private int readFloat(boolean isDouble, int r, int scratch, int miss) {
    if (floatMap[r] >= 0) {
      return floatMap[r];
    }
    if (!isDouble) {
      a.aluImmediate(CMP, false, state(StateBlock.f(r) + 4), -1);
      a.jump(NOT_EQUAL, miss);
    }
    a.loadSse(isDouble, scratch, state(StateBlock.f(r)));
    return scratch;
  }

  /** Like {@link #readFloat}, into a scratch register in any case. */
  private void readFloatInto(boolean isDouble, int to, int r, int miss) {
    int from = readFloat(isDouble, r, to, miss);
    if (from != to) {
      a.movaps(to, from);
    }
  }

  private void writeFloat(boolean isDouble, int rd, int from) {
    if (floatMap[rd] >= 0) {
      a.movaps(floatMap[rd], from);
      return;
    }
    a.storeSse(isDouble, state(StateBlock.f(rd)), from);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** The destination's number; bit 5 is set where it looks like x0. */
  private static int fd(long packed) {
    return Predecoder.rd(packed) & 31;
  }

  /** Writes a result; a NaN becomes the canonical one, which is all that RISC-V ever gives. */
  private void writeResult(boolean isDouble, int rd, int from) {
    int nan = a.label();
    int back = a.label();
    a.ucomis(isDouble, from, from);
    a.jump(PARITY, nan);
    a.bind(back);
    writeFloat(isDouble, rd, from);
    nanLabel[nanCount] = nan;
    nanBack[nanCount] = back;
    nanRegister[nanCount++] = isDouble ? from : ~from;
  }

  // Results that are NaN, to emit behind the code.
  private final int[] nanLabel = new int[1024];
  private final int[] nanBack = new int[1024];
  private final int[] nanRegister = new int[1024];
  private int nanCount;

  /** What is rarely executed, to emit behind the code. */
  private final List<Runnable> asides = new ArrayList<>();

  /** Emits what is rarely executed; comes before {@link #exits}. */
  void asides() {
    asides.forEach(Runnable::run);
    asides.clear();
    for (int i = 0; i < nanCount; i++) {
      a.bind(nanLabel[i]);
      boolean isDouble = nanRegister[i] >= 0;
      a.constant(RAX, isDouble ? FpDouble.CANONICAL_NAN : FpSingle.CANONICAL_NAN);
      a.movToSse(isDouble, isDouble ? nanRegister[i] : ~nanRegister[i], RAX);
      a.jump(nanBack[i]);
    }
    nanCount = 0;
  }

  private void floatLoad(long packed, int parcel, int count, boolean isDouble) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int size = isDouble ? 8 : 4;
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, false, miss);
    int rd = fd(packed);
    if (floatMap[rd] >= 0) {
      a.loadSse(isDouble, floatMap[rd], m);
    } else {
      a.load(isDouble, RAX, m);
      a.store(isDouble, state(StateBlock.f(rd)), RAX);
      if (!isDouble) {
        a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
      }
    }
    a.bind(resume);
  }

  private void floatStore(long packed, int parcel, int count, boolean isDouble) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int size = isDouble ? 8 : 4;
    long m = translate(Predecoder.rs1(packed), (int) (packed >> 32), size, true, miss);
    int rs2 = Predecoder.rs2(packed);
    if (floatMap[rs2] >= 0) {
      a.storeSse(isDouble, m, floatMap[rs2]);
    } else {
      a.load(isDouble, free(), state(StateBlock.f(rs2)));
      a.store(isDouble, m, free());
    }
    a.bind(resume);
  }

  private void arithmetic(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    roundingGuard(packed, miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    a.sse(opcode, isDouble, XMM0, readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss));
    writeResult(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void squareRoot(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    roundingGuard(packed, miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM1, miss);
    a.bitwise(XORPS, XMM0, XMM0);
    a.sse(SQRT, isDouble, XMM0, s);
    writeResult(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  /**
   * A NaN result is Java's: infinity times zero plus a quiet NaN is invalid on RISC-V, but raises
   * nothing on x86.
   */
  private void fused(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    roundingGuard(packed, miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    int c = readFloat(isDouble, Predecoder.word(packed) >>> 27, XMM2, miss);
    a.fma(opcode, isDouble, XMM0, b, c);
    a.ucomis(isDouble, XMM0, XMM0);
    a.jump(PARITY, miss);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void signDouble(int op, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    if (rs1 == rs2 && op == Op.FSGNJ_D && floatMap[rs1] >= 0) {
      writeFloat(true, fd(packed), floatMap[rs1]);
      a.bind(resume);
      return;
    }
    bitsOf(true, RAX, rs1, miss);
    if (rs1 != rs2 || op != Op.FSGNJ_D) {
      bitsOf(true, RCX, rs2, miss);
      inject(op == Op.FSGNJX_D, op == Op.FSGNJN_D, true);
    }
    writeBits(true, fd(packed));
    a.bind(resume);
  }

  private void signSingle(int op, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    bitsOf(false, RAX, Predecoder.rs1(packed), miss);
    bitsOf(false, RCX, Predecoder.rs2(packed), miss);
    inject(op == Op.FSGNJX_S, op == Op.FSGNJN_S, false);
    writeBits(false, fd(packed));
    a.bind(resume);
  }

  /** RAX takes its sign from RCX: as it is, negated, or exclusively ored. */
  private void inject(boolean exclusive, boolean negated, boolean isDouble) {
    int sign = isDouble ? 63 : 31;
    if (negated) {
      a.unary(NOT, true, RCX);
    }
    a.shift(SHR, isDouble, RCX, sign);
    a.shift(SHL, isDouble, RCX, sign);
    if (!exclusive) {
      a.shift(SHL, isDouble, RAX, 1);
      a.shift(SHR, isDouble, RAX, 1);
    }
    a.alu(XOR, isDouble, RAX, RCX);
  }

  private void bitsOf(boolean isDouble, int to, int r, int miss) {
    if (floatMap[r] >= 0) {
      a.movFromSse(isDouble, to, floatMap[r]);
      return;
    }
    if (!isDouble) {
      a.aluImmediate(CMP, false, state(StateBlock.f(r) + 4), -1);
      a.jump(NOT_EQUAL, miss);
    }
    a.load(isDouble, to, state(StateBlock.f(r)));
  }

  /** Writes RAX, or EAX as a single, to a floating-point register. */
  private void writeBits(boolean isDouble, int rd) {
    if (floatMap[rd] >= 0) {
      a.movToSse(isDouble, floatMap[rd], RAX);
      return;
    }
    a.store(isDouble, state(StateBlock.f(rd)), RAX);
    if (!isDouble) {
      a.storeImmediate(false, state(StateBlock.f(rd) + 4), -1);
    }
  }

  /** Numbers that are equal or not ordered are Java's: zeroes have signs, NaNs have rules. */
  private void minimum(int opcode, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    readFloatInto(isDouble, XMM0, Predecoder.rs1(packed), miss);
    int b = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    a.ucomis(isDouble, XMM0, b);
    a.jump(EQUAL, miss); // set for unordered numbers, too
    a.sse(opcode, isDouble, XMM0, b);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  private void comparison(int op, boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int x = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    int y = readFloat(isDouble, Predecoder.rs2(packed), XMM1, miss);
    boolean equal = op == Op.FEQ_D || op == Op.FEQ_S;
    if (equal) {
      a.ucomis(isDouble, x, y);
      a.setcc(NO_PARITY, RAX);
      a.setcc(EQUAL, RCX);
      a.alu(AND, false, RAX, RCX);
    } else {
      a.comis(isDouble, y, x);
      a.setcc(op == Op.FLT_D || op == Op.FLT_S ? ABOVE : ABOVE_EQUAL, RAX);
    }
    a.extend(MOVZX_BYTE, RAX, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  /** A transfer, not an operation: the box does not matter, and the low half is sign-extended. */
  private void moveToInteger(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int rs1 = Predecoder.rs1(packed);
    if (floatMap[rs1] >= 0) {
      a.movFromSse(isDouble, RAX, floatMap[rs1]);
      extendWord(isDouble, RAX);
    } else if (isDouble) {
      a.load(true, RAX, state(StateBlock.f(rs1)));
    } else {
      a.movsxd(RAX, state(StateBlock.f(rs1)));
    }
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  private void moveFromInteger(boolean isDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    readInto(RAX, Predecoder.rs1(packed));
    writeBits(isDouble, fd(packed));
    a.bind(resume);
  }

  private void fromInteger(
      boolean isDouble, boolean wide, boolean signed, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    if (wide || !isDouble) {
      roundingGuard(packed, miss);
    }
    int s = read(Predecoder.rs1(packed), RAX);
    if (!signed) {
      a.mov32(RAX, s);
      s = RAX;
    }
    a.bitwise(XORPS, XMM0, XMM0);
    a.fromInteger(isDouble, wide || !signed, XMM0, s);
    writeFloat(isDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  /** What x86 gives for anything out of range is also a legal result; then Java decides. */
  private void toInteger(boolean isDouble, boolean wide, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    int s = readFloat(isDouble, Predecoder.rs1(packed), XMM0, miss);
    if ((Predecoder.word(packed) >>> 12 & 7) == TOWARDS_ZERO) {
      a.toIntegerTruncated(isDouble, wide, RAX, s);
    } else {
      roundingGuard(packed, miss);
      a.toInteger(isDouble, wide, RAX, s);
    }
    if (wide) {
      a.constant(RCX, Long.MIN_VALUE);
      a.alu(CMP, true, RAX, RCX);
    } else {
      a.aluImmediate(CMP, false, RAX, Integer.MIN_VALUE);
    }
    a.jump(EQUAL, miss);
    extendWord(wide, RAX);
    write(Predecoder.rd(packed), RAX);
    a.bind(resume);
  }

  private void convert(boolean fromDouble, long packed, int parcel, int count) {
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    floatGuard(miss);
    if (fromDouble) {
      roundingGuard(packed, miss);
    }
    int s = readFloat(fromDouble, Predecoder.rs1(packed), XMM1, miss);
    a.bitwise(XORPS, XMM0, XMM0);
    a.convert(fromDouble, XMM0, s);
    writeResult(!fromDouble, fd(packed), XMM0);
    a.bind(resume);
  }

  // ------------------------------------------------------------ control

  /** The branch at the end of a block, or a side exit: jumps to {@code taken} if it is taken. */
  void branch(long packed, int taken) {
    int condition =
        switch (Predecoder.op(packed)) {
          case Op.BEQ -> EQUAL;
          case Op.BNE -> NOT_EQUAL;
          case Op.BLT -> LESS;
          case Op.BGE -> GREATER_EQUAL;
          case Op.BLTU -> BELOW;
          case Op.BGEU -> ABOVE_EQUAL;
          default -> throw new AssertionError(packed);
        };
    int rs1 = Predecoder.rs1(packed);
    int rs2 = Predecoder.rs2(packed);
    if (rs2 == 0 && rs1 != 0 && map[rs1] >= 0) {
      a.test(true, map[rs1], map[rs1]);
    } else if (rs2 == 0 && rs1 != 0) {
      a.aluImmediate(CMP, true, state(StateBlock.x(rs1)), 0);
    } else {
      operand(CMP, true, read(rs1, RAX), rs2);
    }
    a.jump(condition, taken);
  }

  /** {@code jalr}: RAX = where it goes; then the link is written. */
  void jalr(long packed, int parcel) {
    int imm = (int) Predecoder.immediate(packed);
    address(Predecoder.rs1(packed), imm);
    a.aluImmediate(AND, true, RAX, -2);
    int rd = Predecoder.rd(packed);
    if (rd != Hart.SINK) {
      int d = target(rd, RCX);
      a.load(true, d, state(StateBlock.PAGE_VA));
      a.aluImmediate(ADD, true, d, 2 * parcel + Predecoder.bytes(packed));
      write(rd, d);
    }
  }

  /** RAX = the address at an offset from the page that is executing. */
  void target(int offset) {
    a.load(true, RAX, state(StateBlock.PAGE_VA));
    a.aluImmediate(ADD, true, RAX, offset);
  }

  /** Goes to the program counter in RAX through the jump cache; registers are in their pins. */
  void dispatch() {
    a.mov(RCX, RAX);
    a.shift(SHR, true, RCX, JumpCache.HASH_SHIFT);
    a.alu(XOR, false, RCX, RAX);
    a.aluImmediate(AND, false, RCX, JumpCache.HASH_MASK);
    a.load(true, RDX, state(StateBlock.JUMP_CACHE));
    a.lea(true, RDX, at(RDX, RCX, 3, 0));
    a.alu(CMP, true, RAX, at(RDX, 0));
    int miss = a.label();
    a.jump(NOT_EQUAL, miss);
    a.aluImmediate(AND, true, RAX, -PAGE);
    a.store(true, state(StateBlock.PAGE_VA), RAX);
    a.jump(at(RDX, 8));
    a.bind(miss);
    a.store(true, state(StateBlock.TARGET), RAX);
    a.constant(RAX, LOOKUP);
    a.jumpTo(trampolines.exit);
  }

  /** An exit in place that links: Java patches what comes first to jump on directly. */
  void link(int parcel) {
    a.constantFixed(RAX, code(LINK, parcel, 0));
    a.callTo(trampolines.exitResumably);
  }
}
