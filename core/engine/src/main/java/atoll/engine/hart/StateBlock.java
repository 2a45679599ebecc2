package atoll.engine.hart;

import atoll.engine.decode.Predecoder;
import atoll.engine.mmu.JumpCache;
import atoll.engine.mmu.KnownPages;
import atoll.engine.mmu.Tlb;
import atoll.host.RawMemory;
import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;

/**
 * The part of a hart's state that translated code works on, outside the Java heap.
 *
 * <p>Offsets are relative to {@link #base}, which points at the middle of the integer registers, so
 * that each of these is reached with a one-byte displacement.
 *
 * <p>The integer and floating-point registers have one place at a time: while translated code runs,
 * and until the monitor has served an access of it, they are here; else in {@link SoftHart}. {@link
 * #load} and {@link #save} move them, if they are not there already.
 */
public final class StateBlock {
  private static final int BIAS = 128;

  /** The offset of the block's first byte, and how many it has. */
  public static final int LOWEST = -BIAS;

  public static final int BYTES = 4096;

  /** Virtual address of the page that is executing. */
  public static final int PAGE_VA = 384;

  /** {@link Tlb#read}, {@link Tlb#write} and {@link Tlb#epoch} of the TLB in use. */
  public static final int TLB_READ = 392;

  public static final int TLB_WRITE = 400;
  public static final int EPOCH = 408;

  /** Where the epoch is, of such three. */
  public static final int EPOCH_OF_TLB = 16;

  /** Bytes that these three take. */
  public static final int TLB_BYTES = 24;

  /** {@link JumpCache#address} of the one in use. */
  public static final int JUMP_CACHE = 416;

  /** {@link JumpCache#mask} of the same. */
  public static final int JUMP_MASK = 484;

  /** Where to go on after an exit that can be resumed. */
  public static final int RESUME = 424;

  /** The program counter that was not found in the jump cache. */
  public static final int TARGET = 432;

  /** Instructions left of the slice. */
  public static final int LEFT = 440;

  /** Not 0 if floating-point instructions may run as they are: state dirty, {@code frm} legal. */
  public static final int FLOAT_READY = 448;

  /** {@code frm}. */
  public static final int ROUNDING = 452;

  /**
   * The processor's word of floating-point control for the guest: rounding as {@code frm} says, and
   * the exceptions of {@code fflags}.
   */
  public static final int FLOAT_CONTROL = 456;

  /** The same for the host. */
  public static final int HOST_FLOAT_CONTROL = 460;

  /** Host address that LR has reserved, or 0; and the value that it read. */
  public static final int RESERVATION = 464;

  public static final int RESERVED_VALUE = 472;

  /** Not 0 if {@code cbo.zero} may run. */
  public static final int ZERO_READY = 480;

  /** {@link TrapRegisters} of machine and supervisor mode. */
  static final int MACHINE_TRAP = 488;

  public static final int SUPERVISOR_TRAP = MACHINE_TRAP + TrapRegisters.BYTES;

  /** {@code mstatus}, without SD; translated code changes what {@code sstatus} shows of it. */
  public static final int STATUS = SUPERVISOR_TRAP + TrapRegisters.BYTES;

  /** The privilege mode. */
  public static final int PRIVILEGE = STATUS + 8;

  /** Not 0 if an interrupt may be pending: enabling interrupts then takes a closer look. */
  public static final int HINT = PRIVILEGE + 4;

  /** {@link #FLOAT_READY} once {@code sstatus.FS} is dirty. */
  public static final int ROUNDING_KNOWN = HINT + 4;

  /** Not 0 once the hart has used floating point: the word of control is then switched. */
  public static final int FLOAT_USED = ROUNDING_KNOWN + 4;

  /**
   * Not 0 where {@code sstatus.SUM} decides which of two TLBs is used: in S mode, with translation
   * on.
   */
  public static final int SUM_CHOOSES = FLOAT_USED + 4;

  /** As {@link #TLB_READ} to {@link #EPOCH}, for {@code SUM} clear and for {@code SUM} set. */
  public static final int SUM_CLEAR = SUM_CHOOSES + 4;

  public static final int SUM_SET = SUM_CLEAR + TLB_BYTES;

  /** Scratch: a CSR before the instruction that changes it. */
  public static final int OLD_CSR = SUM_SET + TLB_BYTES;

  /** {@link TrapRegisters} of supervisor mode that are not in force: see {@link Hypervisor}. */
  static final int OTHER_TRAP = OLD_CSR + 8;

  /** A table: {@code fflags}, a byte each, by the exceptions in a word of control. */
  public static final int FLAGS_BY_EXCEPTIONS = OTHER_TRAP + TrapRegisters.BYTES;

  /** A table: words of control by {@code fcsr}; 0 where the processor has no such rounding. */
  public static final int FLOAT_CONTROL_BY_FCSR = FLAGS_BY_EXCEPTIONS + 64;

  /** Not 0 if others may have left requests in the hart's {@link Rendezvous}. */
  public static final int REQUESTS = FLOAT_CONTROL_BY_FCSR + 4 * 256;

  /** A count: how often translated code has filled a region's slots for the TLB in use. */
  public static final int SLOT_FILLS = REQUESTS + 4;

  /**
   * Not 0 if translated code may go from U mode to S mode by {@code ecall} and back by {@code
   * sret}, and execute fences, by itself; then what follows holds.
   */
  public static final int TRAPS_READY = SLOT_FILLS + 8;

  /** {@link #ZERO_READY} in U mode and in S mode. */
  public static final int ZERO_USER = TRAPS_READY + 4;

  public static final int ZERO_SUPERVISOR = ZERO_USER + 4;

  /** Not 0 if it has executed {@code sret}. */
  public static final int RETURNED = ZERO_SUPERVISOR + 4;

  /** How often it has executed {@code ecall}: each was in a slice, but has not retired. */
  public static final int CALLS = RETURNED + 4;

  /** As {@link #TLB_READ} to {@link #EPOCH}, for U mode. */
  public static final int USER_TLB = CALLS + 8;

  /** As {@link #JUMP_CACHE}, for U mode and for S mode. */
  public static final int USER_JUMPS = USER_TLB + TLB_BYTES;

  public static final int SUPERVISOR_JUMPS = USER_JUMPS + 16;

  /** Where the mask of one of these is, as {@link #JUMP_MASK}. */
  public static final int MASK = 8;

  /** The address of {@link KnownPages}, and that of the last epoch that a TLB was given. */
  public static final int KNOWN_PAGES = SUPERVISOR_JUMPS + 16;

  public static final int LAST_EPOCH = KNOWN_PAGES + 8;

  /** A count: how many fences translated code has executed. */
  public static final int FENCES = LAST_EPOCH + 8;

  public static final int FCSR_ROUNDING_SHIFT = 5;
  public static final int FCSR_MASK = 0xff;

  /**
   * Lives as long as there is a reference to this: a device's thread may raise an interrupt of a
   * hart whose machine has just ended.
   */
  private final MemorySegment memory = RawMemory.allocate(BYTES);

  /** What the offsets are relative to. */
  public final long base = memory.address() + BIAS;

  /** Whether the registers are here. */
  @Unsaved("the registers are taken back before")
  private boolean owns;

  /** The offset of an integer register. */
  public static int x(int r) {
    return 8 * r - BIAS;
  }

  /** The offset of a floating-point register. */
  public static int f(int r) {
    return 8 * r + 256 - BIAS;
  }

  public long get(int offset) {
    return RawMemory.getLong(base + offset);
  }

  public void put(int offset, long value) {
    RawMemory.putLong(base + offset, value);
  }

  public int getInt(int offset) {
    return RawMemory.getInt(base + offset);
  }

  public void putInt(int offset, int value) {
    RawMemory.putInt(base + offset, value);
  }

  /** Whether the registers are here. */
  boolean owns() {
    return owns;
  }

  /** Takes the registers over from a hart. */
  public void load(SoftHart hart) {
    if (!owns) {
      RawMemory.copyIn(hart.x, base + x(0), 32);
      RawMemory.copyIn(hart.f, base + f(0), 32);
      owns = true;
    }
  }

  /** Gives the registers back; several threads may ask for those of a paused hart at once. */
  public void save(SoftHart hart) {
    if (owns) {
      giveBack(hart);
    }
  }

  private synchronized void giveBack(SoftHart hart) {
    if (owns) {
      RawMemory.copyOut(base + x(0), hart.x, 32);
      RawMemory.copyOut(base + f(0), hart.f, 32);
      owns = false;
    }
  }

  /** Takes over an integer register that has been written in the hart, if they are here. */
  public void take(SoftHart hart, int rd) {
    if (owns && rd != Predecoder.SINK) {
      put(x(rd), hart.x[rd]);
    }
  }

  /** The same for a floating-point register. */
  public void takeFloat(SoftHart hart, int rd) {
    if (owns) {
      put(f(rd), hart.f[rd]);
    }
  }

  /** Takes over the place of a TLB's tables, and its epoch, at one of the offsets for them. */
  public void tlb(int offset, Tlb tlb) {
    put(offset, tlb.read);
    put(offset + 8, tlb.write);
    put(offset + EPOCH_OF_TLB, tlb.epoch());
  }

  /** Takes over where a jump cache is, at one of the offsets for the mode of its code. */
  public void jumps(int offset, JumpCache jumps) {
    put(offset, jumps.address);
    putInt(offset + MASK, jumps.mask());
  }

  /** The calls since they were last taken. */
  long takeCalls() {
    long calls = get(CALLS);
    if (calls != 0) {
      put(CALLS, 0);
    }
    return calls;
  }

  /**
   * Sets what floating-point instructions depend on.
   *
   * @param ready whether the state is marked as changed, everywhere where it must be
   * @param willBeReady whether it is once {@code sstatus.FS} says so
   * @param known whether the processor has the rounding mode
   * @param control the word for it
   */
  public void floatMode(
      boolean ready, boolean willBeReady, int rounding, boolean known, int control) {
    putInt(FLOAT_READY, ready && known ? 1 : 0);
    putInt(ROUNDING, rounding);
    putInt(ROUNDING_KNOWN, willBeReady && known ? 1 : 0);
    if (ready) {
      putInt(FLOAT_USED, 1);
    }
    putInt(FLOAT_CONTROL, control);
  }
}
