package atoll.engine;

/** Fields of {@code menvcfg}, {@code henvcfg} and {@code senvcfg} (priv §3.1.18, §18.2.5). */
final class Envcfg {
  static final long FIOM = 1;

  static final int CBIE_SHIFT = 4;
  static final long CBIE = 3L << CBIE_SHIFT;
  static final long CBCFE = 1L << 6;
  static final long CBZE = 1L << 7;
  static final long ADUE = 1L << 61;
  static final long PBMTE = 1L << 62;
  static final long STCE = 1L << 63;

  /** What U mode's register has. */
  static final long SENVCFG_WRITABLE = FIOM | CBIE | CBCFE | CBZE;

  /** The same with features of S mode. */
  static final long MENVCFG_WRITABLE = SENVCFG_WRITABLE | ADUE | PBMTE | STCE;

  private Envcfg() {}
}
