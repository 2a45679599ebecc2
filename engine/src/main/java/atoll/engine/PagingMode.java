package atoll.engine;

/** The translation schemes of {@code satp}, as data for one walker (priv §10.3–10.6). */
enum PagingMode {
  BARE(0, 0),
  SV39(8, 3),
  SV48(9, 4),
  SV57(10, 5);

  /** The encoding in {@code satp.MODE}. */
  final int code;

  /** Levels of page tables. */
  final int levels;

  /** Bits of virtual address that are translated. */
  final int addressBits;

  PagingMode(int code, int levels) {
    this.code = code;
    this.levels = levels;
    this.addressBits = 12 + 9 * levels;
  }

  /** The scheme that {@code satp} selects, or null if it is reserved. */
  static PagingMode of(long satp) {
    return switch ((int) (satp >>> 60)) {
      case 0 -> BARE;
      case 8 -> SV39;
      case 9 -> SV48;
      case 10 -> SV57;
      default -> null;
    };
  }

  /** Whether the bits above the translated ones all equal its topmost bit. */
  boolean canonical(long va) {
    int unused = 64 - addressBits;
    return va << unused >> unused == va;
  }
}
