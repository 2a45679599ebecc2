package atoll.engine.mmu;

import atoll.isa.Op;

/** Kinds of memory access and the exceptions that each raises. */
public final class Access {
  public static final int READ = 0;
  public static final int WRITE = 1;
  public static final int EXECUTE = 2;

  /**
   * What {@code hlvx} does: a load for which tables must grant execution instead of reading, and
   * physical memory both (priv §18.3.1).
   */
  public static final int READ_CODE = 3;

  /** What {@code cbo.inval} and its like do: they may where a load may, and fault as stores. */
  public static final int MANAGE = 4;

  private static final int[] PAGE_FAULT = {13, 15, 12, 13, 15};
  private static final int[] GUEST_PAGE_FAULT = {21, 23, 20, 21, 23};
  private static final int[] ACCESS_FAULT = {5, 7, 1, 5, 7};

  private static final int[] MISALIGNED = {4, 6, 0, 4, 6};

  private Access() {}

  /** Bytes that an integer load or store moves. */
  public static int size(int op) {
    return switch (op) {
      case Op.LB, Op.LBU, Op.SB -> 1;
      case Op.LH, Op.LHU, Op.SH -> 2;
      case Op.LW, Op.LWU, Op.SW -> 4;
      default -> 8;
    };
  }

  /** The cause of a page fault. */
  static int pageFault(int access) {
    return PAGE_FAULT[access];
  }

  /** The cause of a page fault of the second stage. */
  static int guestPageFault(int access) {
    return GUEST_PAGE_FAULT[access];
  }

  /** The cause of a misaligned address. */
  public static int misaligned(int access) {
    return MISALIGNED[access];
  }

  /** The cause of an access fault. */
  public static int accessFault(int access) {
    return ACCESS_FAULT[access];
  }
}
