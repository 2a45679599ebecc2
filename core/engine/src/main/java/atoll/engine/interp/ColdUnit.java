package atoll.engine.interp;

import atoll.engine.decode.Predecoder;
import atoll.engine.hart.LoadStoreUnit;
import atoll.engine.hart.Outcome;
import atoll.engine.hart.Permission;
import atoll.engine.hart.SoftHart;
import atoll.engine.mmu.Access;
import atoll.isa.Instruction;
import atoll.isa.Op;

/**
 * Executes what {@link HotLoop} does not: bit manipulation, atomics, floating point, CSRs, and what
 * changes privilege or translation.
 */
public final class ColdUnit {
  /** Units by operation. */
  private static final byte[] UNIT = new byte[Predecoder.OP_MASK + 1];

  private static final byte SCALAR = 1;
  private static final byte ATOMIC = 2;
  private static final byte FLOAT = 3;
  private static final byte FLOAT_MEMORY = 4;
  private static final byte CSR = 5;
  private static final byte SYSTEM = 6;
  private static final byte MEMORY = 7;
  private static final byte HYPERVISOR = 8;

  private final SoftHart hart;
  private final AtomicUnit atomic;
  private final FloatUnit floating;
  private final CsrUnit csr;
  private final SystemUnit system;
  private final HypervisorUnit hypervisor;

  static {
    for (Instruction instruction : Instruction.all()) {
      UNIT[instruction.op()] = unit(instruction);
    }
  }

  public ColdUnit(SoftHart hart) {
    this.hart = hart;
    atomic = new AtomicUnit(hart);
    floating = new FloatUnit(hart);
    csr = new CsrUnit(hart);
    system = new SystemUnit(hart);
    hypervisor = new HypervisorUnit(hart);
  }

  private static byte unit(Instruction instruction) {
    return switch (instruction.extension()) {
      case "M", "Zba", "Zbb", "Zbs", "Zbc", "Zbkb", "Zicond" -> SCALAR;
      case "A" -> ATOMIC;
      case "F", "D", "Zfhmin", "Zfa" -> {
        boolean memory = (instruction.flags() & (Instruction.LOAD | Instruction.STORE)) != 0;
        yield memory ? FLOAT_MEMORY : FLOAT;
      }
      case "Zicsr" -> CSR;
      case "H" -> HYPERVISOR;
      case "I" ->
          instruction.is(Instruction.LOAD) || instruction.is(Instruction.STORE) ? MEMORY : SYSTEM;
      default -> SYSTEM;
    };
  }

  /**
   * Executes one instruction.
   *
   * @param packed it, as {@link Predecoder} packs it
   * @param pc its address
   * @param left the slice's remaining instructions, this one included
   * @return one of {@link Outcome}
   */
  public int execute(long packed, long pc, int left) {
    int outcome = begin(packed, pc, left);
    return outcome == Outcome.MMIO ? hart.device.serve(packed, pc, left) : outcome;
  }

  private int begin(long packed, long pc, int left) {
    return switch (UNIT[Predecoder.op(packed)]) {
      case SCALAR -> scalar(packed);
      case FLOAT -> floating.execute(packed);
      case FLOAT_MEMORY -> floating.memory(packed);
      case MEMORY -> memory(packed);
      case ATOMIC -> atomic.execute(packed);
      case CSR -> csr.execute(packed, pc, left);
      case SYSTEM -> system.execute(packed, pc, left);
      case HYPERVISOR -> hypervisor.execute(packed, pc);
      default -> illegal(hart);
    };
  }

  private int scalar(long packed) {
    long[] x = hart.x;
    int op = Predecoder.op(packed);
    long b = SECOND_IS_IMMEDIATE[op] ? Predecoder.immediate(packed) : x[Predecoder.rs2(packed)];
    x[Predecoder.rd(packed)] = ScalarUnit.execute(op, x[Predecoder.rs1(packed)], b);
    return Outcome.NEXT;
  }

  /** A load or store that missed the TLB, or that cannot be served from it. */
  private int memory(long packed) {
    LoadStoreUnit unit = hart.memory;
    int op = Predecoder.op(packed);
    long va = hart.x[Predecoder.rs1(packed)] + Predecoder.immediate(packed);
    if (op >= Op.SB && op <= Op.SD) {
      unit.store(va, Access.size(op), hart.x[Predecoder.rs2(packed)]);
    } else {
      long value = unit.load(va, Access.size(op));
      if (hart.outcome == Outcome.NEXT) {
        LoadStoreUnit.deliver(hart, packed, value);
      }
    }
    return hart.outcome;
  }

  private static final boolean[] SECOND_IS_IMMEDIATE = secondIsImmediate();

  private static boolean[] secondIsImmediate() {
    boolean[] table = new boolean[Predecoder.OP_MASK + 1];
    for (Instruction instruction : Instruction.all()) {
      table[instruction.op()] =
          switch (instruction.format()) {
            case I, SHIFT -> true;
            default -> false;
          };
    }
    return table;
  }

  /** Ends an instruction that is illegal. */
  static int illegal(SoftHart hart) {
    return refuse(hart, Permission.ILLEGAL);
  }

  /** Ends an instruction that the hart's mode may not execute. */
  static int refuse(SoftHart hart, Permission permission) {
    hart.trapUnit.refuse(permission);
    return Outcome.EXCEPTION;
  }
}
