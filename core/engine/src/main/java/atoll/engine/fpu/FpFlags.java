package atoll.engine.fpu;

/**
 * The accrued exceptions of a hart, with the layout of the {@code fflags} CSR. Operations only ever
 * set bits; the code that executes the CSR instructions assigns the field.
 */
public final class FpFlags {
  /** Inexact. */
  public static final int NX = 1;

  /** Underflow: tiny after rounding, and inexact. */
  public static final int UF = 1 << 1;

  /** Overflow. */
  public static final int OF = 1 << 2;

  /** Divide by zero. */
  public static final int DZ = 1 << 3;

  /** Invalid operation. */
  public static final int NV = 1 << 4;

  /** What has been raised since it was last cleared. */
  public int bits;

  void raise(int flags) {
    bits |= flags;
  }

  /** Once inexact has been raised, raising it again is unobservable: fast paths live on that. */
  public boolean inexact() {
    return (bits & NX) != 0;
  }
}
