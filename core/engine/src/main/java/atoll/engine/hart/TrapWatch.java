package atoll.engine.hart;

import atoll.engine.TrapLoop;
import atoll.state.Unsaved;

/** Notices that a hart is in a {@link TrapLoop}; asked at each exception and nowhere else. */
@Unsaved("a hart that makes no progress is noticed again")
final class TrapWatch {
  /**
   * So many exceptions take a few tenths of a second, in which any operating system that is alive
   * has had an interrupt from its timer: a hypervisor may have a guest that loops, until its tick.
   */
  static final int LIMIT = 1_000_000;

  /** Instructions that no hart has retired. */
  private static final long NEVER = -1;

  private final SoftHart hart;

  /** Instructions retired when the last exception was met. */
  private long retired = NEVER;

  /** Exceptions since then, which stay at {@link #LIMIT}. */
  private int exceptions;

  // The first of them.
  private int cause;
  private long pc;
  private long value;
  private int privilege;
  private boolean virtual;

  TrapWatch(SoftHart hart) {
    this.hart = hart;
  }

  /**
   * The hart, whose {@link SoftHart#instructions} are exact now, is about to take an exception.
   *
   * @return whether it is to end instead
   */
  boolean ends(int cause, long value) {
    if (hart.instructions() != retired) {
      begin(cause, value);
      return false;
    }
    return exceptions < LIMIT && ++exceptions == LIMIT && tell(cause, value);
  }

  private void begin(int cause, long value) {
    retired = hart.instructions();
    exceptions = 1;
    this.cause = cause;
    this.value = value;
    pc = hart.pc;
    privilege = hart.privilege;
    virtual = hart.virtual;
  }

  private boolean tell(int lastCause, long lastValue) {
    var first = new TrapLoop.Raised(cause, pc, value, SoftHart.modeName(virtual, privilege));
    var last = new TrapLoop.Raised(lastCause, hart.pc, lastValue, hart.modeName());
    var loop =
        new TrapLoop(hart.id(), first, last, exceptions, hart.virtual && hart.interruptible());
    boolean ends = hart.trapLoops().loops(loop);
    if (ends) {
      hart.fault("its traps lead nowhere: " + loop.text());
    }
    return ends;
  }
}
