package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.JumpCache;
import atoll.engine.target.CodeExit;
import atoll.isa.Op;

/**
 * Where control goes: branches, jumps, and the ways from one piece of code to another; and fences,
 * behind which it must go another way.
 */
final class X64Control extends X64Unit {
  private final Trampolines trampolines;

  X64Control(
      X64Assembler assembler, X64Registers registers, X64Exits exits, Trampolines trampolines) {
    super(assembler, registers, exits);
    this.trampolines = trampolines;
  }

  /** {@code rd} = address of the page that is executing + offset. */
  public void pageRelative(int rd, long offset) {
    int d = target(rd, RAX);
    a.load(true, d, state(StateBlock.PAGE_VA));
    if (offset != 0) {
      a.aluImmediate(ADD, true, d, (int) offset); // the sum of a 20-bit and a page offset fits
    }
    write(rd, d);
  }

  /** The branch at the end of a block, or a side exit: jumps to {@code taken} if it is taken. */
  public void branch(long packed, int taken) {
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
    if (rs2 == 0 && rs1 != 0 && place(rs1) >= 0) {
      a.test(true, place(rs1), place(rs1));
    } else if (rs2 == 0 && rs1 != 0) {
      a.aluImmediate(CMP, true, state(StateBlock.x(rs1)), 0);
    } else {
      operand(CMP, true, read(rs1, RAX), rs2);
    }
    a.jump(condition, taken);
  }

  /** {@code jalr}: RAX = where it goes; then the link is written. */
  public void jalr(long packed, int parcel) {
    int imm = (int) Predecoder.immediate(packed);
    address(Predecoder.rs1(packed), imm);
    a.aluImmediate(AND, true, RAX, -2);
    int rd = Predecoder.rd(packed);
    if (rd != Predecoder.SINK) {
      int d = target(rd, RCX);
      a.load(true, d, state(StateBlock.PAGE_VA));
      a.aluImmediate(ADD, true, d, 2 * parcel + Predecoder.bytes(packed));
      write(rd, d);
    }
  }

  /** {@code ecall} or {@code sret}, by Java where that has more to do than the subroutines. */
  void trap(boolean call, int parcel, int count) {
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    target(2 * parcel);
    a.callTo(call ? trampolines.traps.call : trampolines.traps.supervisorReturn);
    a.jump(BELOW, slow);
    exits.leave();
    dispatch();
    a.bind(resume);
  }

  /** {@code sfence.vma}, by Java unless it is for one page, in all address spaces. */
  void fence(long packed, int parcel, int count) {
    int address = Predecoder.rs1(packed);
    if (address == 0 || Predecoder.rs2(packed) != 0) {
      exits.slow(parcel, count);
      return;
    }
    int resume = a.label();
    int slow = slowExit(parcel, count, resume);
    readInto(RAX, address);
    a.callTo(trampolines.fencePage);
    a.jump(BELOW, slow);
    a.bind(resume);
  }

  /** RAX = the address at an offset from the page that is executing. */
  public void target(int offset) {
    a.load(true, RAX, state(StateBlock.PAGE_VA));
    a.aluImmediate(ADD, true, RAX, offset);
  }

  /** Goes to the program counter in RAX through the jump cache; registers are in their pins. */
  public void dispatch() {
    a.mov(RCX, RAX);
    a.shift(SHR, true, RCX, JumpCache.HASH_SHIFT);
    a.alu(XOR, false, RCX, RAX);
    a.alu(AND, false, RCX, state(StateBlock.JUMP_MASK));
    a.load(true, RDX, state(StateBlock.JUMP_CACHE));
    a.lea(true, RDX, at(RDX, RCX, 3, 0));
    a.alu(CMP, true, RAX, at(RDX, 0));
    int miss = a.label();
    a.jump(NOT_EQUAL, miss);
    a.aluImmediate(AND, true, RAX, -PAGE);
    a.store(true, state(StateBlock.PAGE_VA), RAX);
    a.jump(at(RDX, 8));
    a.bind(miss);
    a.jumpTo(trampolines.lookUpAgain);
  }

  /** An exit in place that links: Java patches what comes first to jump on directly. */
  public void link(int parcel) {
    a.replaceable();
    a.constantFixed(RAX, CodeExit.code(CodeExit.LINK, parcel, 0));
    a.callTo(trampolines.exitResumably);
  }
}
