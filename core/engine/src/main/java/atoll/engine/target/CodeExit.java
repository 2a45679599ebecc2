package atoll.engine.target;

import atoll.engine.decode.CodePage;
import atoll.engine.hart.StateBlock;

/**
 * The numbers with which translated code is left: the reason, the parcel, and how many instructions
 * of the block have not retired.
 *
 * <p>They stand beside {@link atoll.engine.hart.Outcome}, which says what an instruction has come
 * to, since they say something else: what code needs that has come to an end between two
 * instructions. And they are numbers, since host code returns them. Who serves one of them goes on
 * with outcomes.
 */
public final class CodeExit {
  /** Execute the instruction at the parcel in Java, then resume. */
  public static final int SLOW = 0;

  /** Control goes to the parcel, whose translation is not known; the jump may be patched. */
  public static final int LINK = 1;

  /** Control goes to {@link StateBlock#TARGET}, which the jump cache does not hold. */
  public static final int LOOKUP = 2;

  /** The slice is used up. */
  public static final int BUDGET = 3;

  /** The code at the parcel has been dropped. */
  public static final int STALE = 4;

  /**
   * The region at the parcel cannot be entered now: the TLB has nothing for its slots, or floating
   * point is not as it takes it to be.
   */
  public static final int REFRESH = 5;

  /** Another round begins, at the parcel, of a loop in which the hart waits for others. */
  public static final int SPIN = 6;

  public static final int REASON_MASK = 15;
  public static final int PARCEL_SHIFT = 4;
  public static final int PARCEL_MASK = CodePage.PARCELS - 1;
  public static final int COUNT_SHIFT = 15;

  /** No block has more instructions, so that counts fit. */
  public static final int MOST_COUNT = 400;

  private CodeExit() {}

  public static int code(int reason, int parcel, int count) {
    return reason | parcel << PARCEL_SHIFT | count << COUNT_SHIFT;
  }

  /** The parcel that an exit code names. */
  public static int parcel(int code) {
    return code >>> PARCEL_SHIFT & PARCEL_MASK;
  }
}
