package atoll.verify;

/**
 * Where control can go inside a piece, and what holds there: a byte of marks for each byte of code.
 * The code is gone through once. A jump forward leaves a mark with what holds at the jump, and what
 * holds at its target is then what holds on all ways there. A jump backward must keep what was
 * taken to hold when its target was passed.
 */
final class CodeLabels {
  /** The region's slots are of the TLB's epoch. */
  static final int SLOTS = 1;

  /** In a subroutine of the piece: one return address is on the stack. */
  static final int CALLED = 2;

  static final int HOLDS = SLOTS | CALLED;

  /** An instruction, or an idiom, begins here. */
  private static final int BEGINS = 4;

  /** A jump that is before this place leads here. */
  private static final int AWAITED = 8;

  /** Nothing may lead here. */
  private static final int CLOSED = 16;

  private byte[] marks = new byte[0];

  private byte[] none = marks;

  /** Targets of jumps forward that have not been reached. */
  private int awaited;

  void begin(int size) {
    if (marks.length < size) {
      marks = new byte[Integer.highestOneBit(size) << 1];
      none = new byte[marks.length];
    } else {
      System.arraycopy(none, 0, marks, 0, size); // which is faster than to fill it
    }
    awaited = 0;
  }

  /** Nothing may lead to what is between two places, the second one included. */
  void close(int from, int to) {
    for (int i = from + 1; i <= to; i++) {
      marks[i] |= CLOSED;
    }
  }

  /** Whether control may come to a place behind an exit. */
  boolean isOpen(int at) {
    return (marks[at] & CLOSED) == 0;
  }

  /** Notes a jump forward; returns whether there may be one. */
  boolean await(int target, int holds) {
    int mark = marks[target];
    if (mark == 0) {
      marks[target] = (byte) (AWAITED | holds);
      awaited++;
      return true;
    }
    if ((mark & AWAITED) == 0 || (mark & CLOSED) != 0 || ((mark ^ holds) & CALLED) != 0) {
      return false;
    }
    marks[target] = (byte) (mark & (holds | ~SLOTS));
    return true;
  }

  /** Whether a jump backward may lead to a place. */
  boolean leadsBack(int target, int holds) {
    int mark = marks[target];
    return (mark & (BEGINS | CLOSED)) == BEGINS
        && ((mark ^ holds) & CALLED) == 0
        && (mark & ~holds & SLOTS) == 0;
  }

  /** What is known of a place; if it {@link #isTarget}, what {@link #HOLDS} on all jumps there. */
  int mark(int at) {
    return marks[at];
  }

  static boolean isTarget(int mark) {
    return (mark & AWAITED) != 0;
  }

  /** An instruction begins where there was a mark, and that is what holds. */
  void reached(int at, int mark, int holds) {
    if ((mark & AWAITED) != 0) {
      awaited--;
    }
    marks[at] = (byte) (mark & CLOSED | BEGINS | holds);
  }

  /** Whether each target was the beginning of an instruction. */
  boolean complete() {
    return awaited == 0;
  }
}
