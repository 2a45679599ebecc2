package atoll.engine.mmu;

/** Fields of {@code menvcfg}, {@code henvcfg} and {@code senvcfg} (priv §3.1.18, §18.2.5). */
public final class Envcfg {
  static final long FIOM = 1;

  public static final int CBIE_SHIFT = 4;
  public static final long CBIE = 3L << CBIE_SHIFT;
  public static final long CBCFE = 1L << 6;
  public static final long CBZE = 1L << 7;
  public static final long ADUE = 1L << 61;
  public static final long PBMTE = 1L << 62;
  public static final long STCE = 1L << 63;

  /** What U mode's register has. */
  public static final long SENVCFG_WRITABLE = FIOM | CBIE | CBCFE | CBZE;

  /** The same with features of S mode. */
  public static final long MENVCFG_WRITABLE = SENVCFG_WRITABLE | ADUE | PBMTE | STCE;

  private Envcfg() {}
}
