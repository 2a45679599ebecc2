package atoll.engine;

/**
 * The accrued exceptions of a hart, with the layout of the {@code fflags} CSR. Operations only ever
 * set bits; the code that executes the CSR instructions assigns the field.
 */
final class FpFlags {
  /** Inexact. */
  static final int NX = 1;

  /** Underflow: tiny after rounding, and inexact. */
  static final int UF = 1 << 1;

  /** Overflow. */
  static final int OF = 1 << 2;

  /** Divide by zero. */
  static final int DZ = 1 << 3;

  /** Invalid operation. */
  static final int NV = 1 << 4;

  /** What has been raised since it was last cleared. */
  int bits;

  void raise(int flags) {
    bits |= flags;
  }

  /** Once inexact has been raised, raising it again is unobservable: fast paths live on that. */
  boolean inexact() {
    return (bits & NX) != 0;
  }
}
