package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;
import static atoll.engine.x64.Trampolines.state;

import atoll.emit.X64Assembler;
import atoll.engine.decode.Predecoder;
import atoll.engine.hart.StateBlock;
import atoll.isa.Op;
import java.util.function.BooleanSupplier;

/** Fences and the A extension. */
final class X64Atomics extends X64Unit {
  /** Whether the machine has one hart: its atomics then need not be the host's. */
  private final BooleanSupplier alone;

  X64Atomics(
      X64Assembler assembler, X64Registers registers, X64Exits exits, BooleanSupplier alone) {
    super(assembler, registers, exits);
    this.alone = alone;
  }

  /**
   * x86 reorders nothing but a store with a later load; the device side of a queue is another
   * thread even if there is only one hart.
   */
  void fence(int word) {
    boolean writesBefore = (word >>> 24 & FENCE_W) != 0;
    boolean readsAfter = (word >>> 20 & FENCE_R) != 0;
    if (writesBefore && readsAfter) {
      a.storeFence();
    }
  }

  /**
   * {@code fence.i}: what is stored into code drops what was made of it by itself, on other harts
   * and for devices by a request, which Java serves.
   */
  void fenceInstruction(int parcel, int count) {
    int resume = a.label();
    int requested = slowExit(parcel, count, resume);
    a.storeFence();
    a.aluImmediate(CMP, false, state(StateBlock.REQUESTS), 0);
    a.jump(NOT_EQUAL, requested);
    a.bind(resume);
  }

  static final int FENCE_W = 5; // O and W
  static final int FENCE_R = 10; // I and R

  /** Emits an instruction of the A extension, if it is one that can be done in place. */
  boolean instruction(long packed, int parcel, int count) {
    int op = Predecoder.op(packed);
    switch (op) {
      case Op.AMOADD_W, Op.AMOADD_D -> exchange(packed, parcel, count, true);
      case Op.AMOSWAP_W, Op.AMOSWAP_D -> exchange(packed, parcel, count, false);
      case Op.AMOAND_W, Op.AMOAND_D -> update(packed, parcel, count, AND);
      case Op.AMOOR_W, Op.AMOOR_D -> update(packed, parcel, count, OR);
      case Op.AMOXOR_W, Op.AMOXOR_D -> update(packed, parcel, count, XOR);
      case Op.AMOMIN_W, Op.AMOMIN_D -> choose(packed, parcel, count, LESS);
      case Op.AMOMAX_W, Op.AMOMAX_D -> choose(packed, parcel, count, GREATER);
      case Op.AMOMINU_W, Op.AMOMINU_D -> choose(packed, parcel, count, BELOW);
      case Op.AMOMAXU_W, Op.AMOMAXU_D -> choose(packed, parcel, count, ABOVE);
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
      case Op.AMOMIN_D, Op.AMOMAX_D, Op.AMOMINU_D, Op.AMOMAXU_D -> true;
      default -> false;
    };
  }

  /** RAX = host address of an aligned word; misses and misalignment go to {@code miss}. */
  void atomicAddress(int rs1, int size, boolean store, int miss) {
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
    int miss = slowExit(parcel, count, resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    readInto(RCX, Predecoder.rs2(packed));
    if (!alone.getAsBoolean()) {
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

  void update(long packed, int parcel, int count, int op) {
    boolean wide = isDoubleword(Predecoder.op(packed));
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int again = a.label();
    a.bind(again);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    if (alone.getAsBoolean()) {
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
    a.mov(RDX, RAX);
    operand(op, wide, RDX, Predecoder.rs2(packed));
    a.lockCmpxchg(wide, at(RCX, 0), RDX);
    a.jump(NOT_EQUAL, again);
    extendWord(wide, RAX);
    write(rd, RAX);
    a.bind(resume);
  }

  /**
   * The smaller or larger of two numbers.
   *
   * @param keeps the condition on which memory has it already, compared with the operand
   */
  private void choose(long packed, int parcel, int count, int keeps) {
    boolean wide = isDoubleword(Predecoder.op(packed));
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
    int again = a.label();
    a.bind(again);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    a.mov(RCX, RAX);
    a.load(wide, RAX, at(RCX, 0));
    readInto(RDX, Predecoder.rs2(packed));
    a.alu(CMP, wide, RAX, RDX);
    a.cmov(keeps, wide, RDX, RAX);
    if (alone.getAsBoolean()) {
      a.store(wide, at(RCX, 0), RDX);
    } else {
      a.lockCmpxchg(wide, at(RCX, 0), RDX);
      a.jump(NOT_EQUAL, again);
    }
    extendWord(wide, RAX);
    write(rd, RAX);
    a.bind(resume);
  }

  private void loadReserved(long packed, int parcel, int count, boolean wide) {
    int rd = Predecoder.rd(packed);
    int resume = a.label();
    int miss = slowExit(parcel, count, resume);
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
    int miss = slowExit(parcel, count, resume);
    atomicAddress(Predecoder.rs1(packed), wide ? 8 : 4, true, miss);
    a.mov(RCX, RAX);
    a.alu(CMP, true, RCX, state(StateBlock.RESERVATION));
    a.storeImmediate(true, state(StateBlock.RESERVATION), 0);
    a.jump(NOT_EQUAL, fail);
    a.load(true, RAX, state(StateBlock.RESERVED_VALUE));
    int v = read(Predecoder.rs2(packed), RDX);
    if (alone.getAsBoolean()) {
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
}
