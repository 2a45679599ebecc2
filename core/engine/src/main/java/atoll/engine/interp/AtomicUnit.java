package atoll.engine.interp;

import atoll.engine.decode.Predecoder;
import atoll.engine.hart.LoadStoreUnit;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Access;
import atoll.host.RawMemory;
import atoll.isa.Op;

/**
 * The A extension, on the host's own atomics.
 *
 * <p>LR remembers the word that it read and SC is a compare-and-set against it: an SC may succeed
 * where another hart has meanwhile stored the very same value. Everything is sequentially
 * consistent, so that {@code aq} and {@code rl} need nothing more.
 */
final class AtomicUnit {
  private final SoftHart hart;
  private final LoadStoreUnit memory;

  AtomicUnit(SoftHart hart) {
    this.hart = hart;
    memory = hart.memory;
  }

  int execute(long packed) {
    int op = Predecoder.op(packed);
    long va = hart.x[Predecoder.rs1(packed)];
    return switch (op) {
      case Op.LR_W -> loadReserved(packed, va, 4);
      case Op.LR_D -> loadReserved(packed, va, 8);
      case Op.SC_W -> storeConditional(packed, va, 4);
      case Op.SC_D -> storeConditional(packed, va, 8);
      default -> modify(packed, op, va, op >= Op.AMOSWAP_D ? 8 : 4);
    };
  }

  private int loadReserved(long packed, long va, int size) {
    long hva = memory.atomicAddress(va, size, Access.READ);
    if (hva == 0) {
      return hart.outcome;
    }
    long value = size == 4 ? RawMemory.getIntVolatile(hva) : RawMemory.getLongVolatile(hva);
    memory.reserve(hva, value);
    hart.x[Predecoder.rd(packed)] = value;
    return Outcome.NEXT;
  }

  private int storeConditional(long packed, long va, int size) {
    long hva = memory.atomicAddress(va, size, Access.WRITE);
    if (hva == 0) {
      return hart.outcome;
    }
    long value = hart.x[Predecoder.rs2(packed)];
    boolean stored = memory.reserved(hva) && exchange(hva, size, value);
    memory.clearReservation();
    if (stored) {
      memory.atomicWritten(size);
    }
    hart.x[Predecoder.rd(packed)] = stored ? 0 : 1;
    return Outcome.NEXT;
  }

  private boolean exchange(long hva, int size, long value) {
    return size == 4
        ? RawMemory.compareAndSetInt(hva, (int) memory.reservedValue(), (int) value)
        : RawMemory.compareAndSetLong(hva, memory.reservedValue(), value);
  }

  private int modify(long packed, int op, long va, int size) {
    long hva = memory.atomicAddress(va, size, Access.WRITE);
    if (hva == 0) {
      return hart.outcome;
    }
    long operand = hart.x[Predecoder.rs2(packed)];
    long old = size == 4 ? word(hva, op, (int) operand) : doubleword(hva, op, operand);
    memory.atomicWritten(size);
    hart.x[Predecoder.rd(packed)] = old;
    return Outcome.NEXT;
  }

  private static int word(long hva, int op, int operand) {
    return switch (op) {
      case Op.AMOSWAP_W -> RawMemory.getAndSetInt(hva, operand);
      case Op.AMOADD_W -> RawMemory.getAndAddInt(hva, operand);
      default -> update(hva, op, operand);
    };
  }

  private static int update(long hva, int op, int operand) {
    while (true) {
      int old = RawMemory.getIntVolatile(hva);
      if (RawMemory.compareAndSetInt(hva, old, (int) combine(op, old, operand))) {
        return old;
      }
    }
  }

  private static long doubleword(long hva, int op, long operand) {
    return switch (op) {
      case Op.AMOSWAP_D -> RawMemory.getAndSetLong(hva, operand);
      case Op.AMOADD_D -> RawMemory.getAndAddLong(hva, operand);
      default -> update(hva, op, operand);
    };
  }

  private static long update(long hva, int op, long operand) {
    while (true) {
      long old = RawMemory.getLongVolatile(hva);
      if (RawMemory.compareAndSetLong(hva, old, combine(op, old, operand))) {
        return old;
      }
    }
  }

  /** Words are sign-extended, which leaves their order as it is, unsigned as well. */
  private static long combine(int op, long a, long b) {
    return switch (op) {
      case Op.AMOXOR_W, Op.AMOXOR_D -> a ^ b;
      case Op.AMOAND_W, Op.AMOAND_D -> a & b;
      case Op.AMOOR_W, Op.AMOOR_D -> a | b;
      case Op.AMOMIN_W, Op.AMOMIN_D -> Math.min(a, b);
      case Op.AMOMAX_W, Op.AMOMAX_D -> Math.max(a, b);
      case Op.AMOMINU_W, Op.AMOMINU_D -> Long.compareUnsigned(a, b) < 0 ? a : b;
      case Op.AMOMAXU_W, Op.AMOMAXU_D -> Long.compareUnsigned(a, b) > 0 ? a : b;
      default -> throw new AssertionError(op);
    };
  }
}
