package atoll.engine;

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
}
