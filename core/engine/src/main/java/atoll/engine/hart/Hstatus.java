package atoll.engine.hart;

/** Fields of {@code hstatus} (priv §18.2.1). */
public final class Hstatus {
  /** The trap to HS wrote an address of a guest's to {@code stval}. */
  static final long GVA = 1L << 6;

  /** The trap to HS came from a virtual mode; {@code sret} goes back there. */
  static final long SPV = 1L << 7;

  /** The mode, VS or VU, that the trap came from, and that {@code hlv} and {@code hsv} act as. */
  public static final long SPVP = 1L << 8;

  public static final long HU = 1L << 9;
  public static final long VTVM = 1L << 20;
  public static final long VTW = 1L << 21;
  public static final long VTSR = 1L << 22;

  /** VSXL, fixed at 64 bits. */
  static final long XL64 = 2L << 32;

  /** What software may change: VGEIN selects none of no guest external interrupts. */
  static final long WRITABLE = GVA | SPV | SPVP | HU | VTVM | VTW | VTSR;

  private Hstatus() {}
}
