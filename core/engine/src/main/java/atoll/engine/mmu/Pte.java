package atoll.engine.mmu;

/** Fields of a page-table entry (priv §10.4.1, Svnapot, Svpbmt). */
final class Pte {
  static final long V = 1;
  static final long R = 1 << 1;
  static final long W = 1 << 2;
  static final long X = 1 << 3;
  static final long U = 1 << 4;
  static final long G = 1 << 5;
  static final long A = 1 << 6;
  static final long D = 1 << 7;
  static final int PPN_SHIFT = 10;
  static final long PPN = (1L << 44) - 1;
  static final long RESERVED = 0x7fL << 54;
  static final long PBMT = 3L << 61;
  static final long N = 1L << 63;

  /** The one NAPOT size that is defined: 64 KiB. */
  static final long NAPOT_MASK = 0xf;

  static final long NAPOT_64K = 0x8;

  private Pte() {}

  static long ppn(long pte) {
    return pte >>> PPN_SHIFT & PPN;
  }

  /** Whether a valid entry maps a page, and does not lead to a table. */
  static boolean leaf(long pte) {
    return (pte & (R | X)) != 0;
  }

  /** Bytes that a leaf maps; 0 for a misaligned superpage or an undefined NAPOT size. */
  static long size(long pte, int level) {
    if ((pte & N) != 0) { // Svnapot: only 64 KiB at the last level is defined
      boolean defined = level == 0 && (ppn(pte) & NAPOT_MASK) == NAPOT_64K;
      return defined ? 65536 : 0;
    }
    long size = 4096L << 9 * level;
    return (ppn(pte) << 12 & size - 1) == 0 ? size : 0;
  }
}
