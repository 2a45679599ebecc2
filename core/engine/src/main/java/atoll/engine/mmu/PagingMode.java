package atoll.engine.mmu;

import atoll.engine.Paging;

/**
 * The translation schemes of {@code satp} and of {@code hgatp}, as data for one walker (priv
 * §10.3–10.6, §18.5.1).
 */
public enum PagingMode {
  BARE(0, 0, false),
  SV39(8, 3, false),
  SV48(9, 4, false),
  SV57(10, 5, false),
  SV39X4(8, 3, true),
  SV48X4(9, 4, true),
  SV57X4(10, 5, true);

  /** How much wider the second stage's addresses are: its root table is four pages. */
  private static final int WIDER = 2;

  /** The encoding in {@code satp.MODE} or {@code hgatp.MODE}. */
  public final int code;

  /** Levels of page tables. */
  final int levels;

  /** Bits of virtual address that are translated. */
  final int addressBits;

  /** Selects the entry of the root table, once the address has been shifted. */
  final int rootMask;

  /** Whether it translates guest-physical addresses, which are not sign-extended. */
  private final boolean secondStage;

  PagingMode(int code, int levels, boolean secondStage) {
    this.code = code;
    this.levels = levels;
    this.secondStage = secondStage;
    int wider = secondStage ? WIDER : 0;
    this.addressBits = 12 + 9 * levels + wider;
    this.rootMask = (512 << wider) - 1;
  }

  /** The scheme that {@code satp} selects, or null if it is reserved. */
  public static PagingMode of(long satp) {
    return switch ((int) (satp >>> 60)) {
      case 0 -> BARE;
      case 8 -> SV39;
      case 9 -> SV48;
      case 10 -> SV57;
      default -> null;
    };
  }

  /** The scheme that {@code hgatp} selects, or null if it is reserved. */
  public static PagingMode ofSecondStage(long hgatp) {
    return switch ((int) (hgatp >>> 60)) {
      case 0 -> BARE;
      case 8 -> SV39X4;
      case 9 -> SV48X4;
      case 10 -> SV57X4;
      default -> null;
    };
  }

  /** Whether harts that offer {@code widest} offer this, too; no translation always is. */
  public boolean within(Paging widest) {
    return levels <= widest.levels();
  }

  /**
   * Whether the bits above the translated ones are as they must be: all equal to the topmost of
   * these, or in the second stage zero.
   */
  boolean canonical(long va) {
    int unused = 64 - addressBits;
    return secondStage ? va >>> addressBits == 0 : va << unused >> unused == va;
  }
}
