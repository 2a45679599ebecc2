package atoll.engine.mmu;

/** Fields of {@code mstatus}; {@code sstatus} is a subset of them (priv §3.1.6, §10.1.1). */
public final class Mstatus {
  public static final long SIE = 1L << 1;
  public static final long MIE = 1L << 3;
  public static final long SPIE = 1L << 5;
  public static final long MPIE = 1L << 7;
  public static final long SPP = 1L << 8;
  public static final int MPP_SHIFT = 11;
  public static final long MPP = 3L << MPP_SHIFT;
  static final int FS_SHIFT = 13;
  public static final long FS = 3L << FS_SHIFT;
  public static final long FS_DIRTY = 3L << FS_SHIFT;
  public static final long MPRV = 1L << 17;
  public static final long SUM = 1L << 18;
  public static final long MXR = 1L << 19;
  public static final long TVM = 1L << 20;
  public static final long TW = 1L << 21;
  public static final long TSR = 1L << 22;

  /** The trap to M wrote an address of a guest's to {@code mtval}. */
  public static final long GVA = 1L << 38;

  /** The trap to M came from a virtual mode. */
  public static final long MPV = 1L << 39;

  public static final long SD = 1L << 63;

  /** UXL and SXL, both fixed at 64 bits. */
  public static final long XL64 = 2L << 32 | 2L << 34;

  /** What software may change in {@code mstatus}. */
  public static final long WRITABLE =
      SIE | MIE | SPIE | MPIE | SPP | MPP | FS | MPRV | SUM | MXR | TVM | TW | TSR | GVA | MPV;

  /** What software may change through {@code sstatus}. */
  public static final long S_WRITABLE = SIE | SPIE | SPP | FS | SUM | MXR;

  /** What software sees through {@code sstatus}. */
  public static final long S_VISIBLE = S_WRITABLE | SD | 3L << 32;

  /** Fields whose change alters how addresses are translated. */
  public static final long TRANSLATION = MPP | MPV | MPRV | SUM | MXR;

  private Mstatus() {}
}
