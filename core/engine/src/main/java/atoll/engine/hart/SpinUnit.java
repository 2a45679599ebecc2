package atoll.engine.hart;

import atoll.engine.Privilege;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.SpinLoop;
import atoll.state.Unsaved;

/**
 * Notices that a hart waits for another one in a loop, so that the other can have its time: by
 * instructions that say so ({@code pause}, {@code wrs.nto}, {@code wrs.sto}, a {@code wfi} that
 * does not wait), and by loops that can only wait ({@link SpinLoop}).
 *
 * <p>And it suspects a hart that has been in its kernel for long, without a trap, a call or an
 * access to a device: some kernels have harts without work go through their tables for ever, with
 * stores and in loops within loops, as only the kernel's author could tell from work.
 *
 * <p>It counts looks and instructions, but no time: a run can be repeated. A hart without others
 * never waits.
 */
@Unsaved("of the run under way")
public final class SpinUnit {
  /** Looks after which the hart is left: 2 to 4 us. Most locks are free sooner. */
  static final int PATIENCE = 32;

  /** Instructions between two looks of the same wait, at most. */
  private static final long CLOSE = 128;

  /** Instructions of such a loop that count for a look, where only slices' ends are seen. */
  private static final int ROUND = 64;

  /** Instructions after which a hart in its kernel is suspected: some 300 us. */
  static final long LONG = 1 << 18;

  /** Instructions that a hart which is suspected executes at a time, if others wait for a turn. */
  static final long SHORT = 1 << 14;

  private final SoftHart hart;
  private int looks;

  /** The number of instructions when it was last seen to do something. */
  private long active;

  /** Traps until then. */
  private long traps;

  /** The number of the last look's instruction. */
  private long last;

  SpinUnit(SoftHart hart) {
    this.hart = hart;
  }

  /**
   * The hart looks for what another one is to do.
   *
   * @param number of the instruction that does, by {@link RunLoop#number}
   * @param counts for how many looks
   * @return whether it has looked long enough for now, and is to be left
   */
  public boolean looked(long number, int counts) {
    looks = number - last <= CLOSE ? looks + counts : counts;
    last = number;
    if (looks < PATIENCE || !hart.hasSiblings() || hart.stops.singly()) {
      return false;
    }
    looks = 0;
    return true;
  }

  /** A slice is over, of which {@code left} instructions are left. */
  void executed(int slice, int left) {
    if (left == 0 && hart.hasSiblings() && !hart.loop.executor().seesSpinning() && spins()) {
      long now = hart.instructions();
      last = now - last <= slice + CLOSE ? now : last; // it has not done anything else meanwhile
      if (looked(now, 1 + slice / ROUND)) {
        hart.outcome = Outcome.YIELD;
      }
    }
  }

  // ------------------------------------------------------------ runs

  /** The hart does something that is seen from outside. */
  void works() {
    active = hart.instructions();
  }

  /** How many instructions of a budget are to be executed at once. */
  long budget(long wanted) {
    return suspected() ? Math.min(wanted, SHORT) : wanted;
  }

  /** A run is over by itself: whether the hart may be one without work. */
  boolean idles() {
    long now = hart.traps.total();
    if (now != traps || hart.privilege == Privilege.USER) {
      traps = now;
      works();
    }
    return suspected();
  }

  private boolean suspected() {
    return hart.limit.timed()
        && hart.hasSiblings()
        && hart.instructions() - active > LONG
        && !hart.stops.singly();
  }

  private boolean spins() {
    CodePage page = hart.mmu.code.lookup(hart.pc);
    return hart.outcome == Outcome.NEXT
        && page != null
        && page.live()
        && SpinLoop.around(page, CodePage.parcelAt(hart.pc));
  }
}
