package atoll.tests;

import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;

/** Writes entries of physical memory protection (priv 3.7.1). */
final class PmpEntries {
  static final int R = 1;
  static final int W = 2;
  static final int X = 4;
  static final int TOR = 1 << 3;
  static final int NA4 = 2 << 3;
  static final int NAPOT = 3 << 3;
  static final int LOCK = 0x80;

  /** Rights that are no reserved combination. */
  static final int[] RIGHTS = {0, R, R | W, X, R | X, R | W | X};

  private PmpEntries() {}

  /** Sets an entry's {@code pmpaddr}. */
  static void address(MachineFixture m, int entry, long value) {
    m.csr(CsrNumber.PMPADDR0 + entry, value);
  }

  /** Sets an entry's byte of {@code pmpcfg}. */
  static void config(MachineFixture m, int entry, int value) {
    int csr = CsrNumber.PMPCFG0 + entry / 8 * 2;
    int shift = entry % 8 * 8;
    m.csr(csr, m.csr(csr) & ~(0xffL << shift) | (long) value << shift);
  }

  /** What {@code pmpaddr} is for a naturally aligned range of 8 bytes or more. */
  static long napot(long base, long size) {
    return base >>> 2 | (size >>> 3) - 1;
  }

  /** Gives a naturally aligned range of 4 bytes or more its rights, and the lock if it is there. */
  static void protect(MachineFixture m, int entry, long base, long size, int rights) {
    address(m, entry, size == 4 ? base >>> 2 : napot(base, size));
    config(m, entry, (size == 4 ? NA4 : NAPOT) | rights);
  }
}
