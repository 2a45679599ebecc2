package atoll.engine.hart;

import atoll.engine.TrapLoop;
import atoll.isa.Cause;
import atoll.state.Unsaved;
import java.util.Optional;

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

  /** No handler has returned since then. */
  private boolean inHandler;

  /** How often it has been met again at the same place since then. */
  private int repeats;

  /** What was met before it, if its handler has not returned; null otherwise. */
  private TrapLoop.Raised origin;

  /** What the hart could not go on from, or null. */
  private TrapLoop unhandled;

  /** Somebody has wanted it to end for that. */
  private boolean ending;

  TrapWatch(SoftHart hart) {
    this.hart = hart;
  }

  /** See {@link atoll.engine.Hart#unhandled}. */
  Optional<TrapLoop> unhandled() {
    return Optional.ofNullable(unhandled);
  }

  /** The hart leaves a handler by {@code mret} or {@code sret}. */
  void returned() {
    inHandler = false;
  }

  /**
   * The hart, whose {@link SoftHart#instructions} are exact now, is about to take an exception.
   *
   * @return whether it is to end instead
   */
  boolean ends(int cause, long value) {
    if (hart.instructions() == retired) {
      return loops() && tell(cause, value);
    }
    inHandler &= hart.state.getInt(StateBlock.RETURNED) == 0;
    boolean again = inHandler && again(cause);
    if (inHandler && !again) {
      origin = met();
    } else if (!inHandler) {
      origin = null;
    }
    repeats = again ? Math.min(repeats + 1, LIMIT + 1) : 0;
    begin(cause, value);
    if (repeats == LIMIT) {
      tellOfHandler();
    }
    return false;
  }

  /** Whether the loop is to be told of: once, or again if the hart should have ended then. */
  private boolean loops() {
    return exceptions < LIMIT ? ++exceptions == LIMIT : ending;
  }

  /** A call is made on purpose, and what it is for may have been done. */
  private boolean again(int cause) {
    return cause == this.cause
        && hart.pc == pc
        && hart.privilege == privilege
        && hart.virtual == virtual
        && (cause < Cause.ECALL_U || cause > Cause.ECALL_M);
  }

  private void begin(int cause, long value) {
    retired = hart.instructions();
    exceptions = 1;
    this.cause = cause;
    this.value = value;
    pc = hart.pc;
    privilege = hart.privilege;
    virtual = hart.virtual;
    inHandler = true;
    hart.state.putInt(StateBlock.RETURNED, 0);
    unhandled = null;
    ending = false;
  }

  private TrapLoop.Raised met() {
    return new TrapLoop.Raised(cause, pc, value, privilege, virtual);
  }

  private TrapLoop.Raised now(int cause, long value) {
    return new TrapLoop.Raised(cause, hart.pc, value, hart.privilege, hart.virtual);
  }

  /** Nobody may handle the exception that is about to be taken. */
  void endsUnhandled(int cause, long value) {
    TrapLoop.Raised raised = now(cause, value);
    unhandled = new TrapLoop(hart.id(), raised, raised, 1, false, false);
    hart.stops.unhandled(cause);
  }

  private boolean tell(int lastCause, long lastValue) {
    unhandled =
        new TrapLoop(
            hart.id(),
            met(),
            now(lastCause, lastValue),
            exceptions,
            hart.virtual && hart.interruptible(),
            false);
    ending = hart.trapLoops().loops(unhandled);
    if (ending) {
      hart.fault("its traps lead nowhere: " + unhandled.text());
      hart.stops.unhandled(lastCause);
    }
    return ending;
  }

  /** It may be of some use, as nobody but its author knows: so it goes on. */
  private void tellOfHandler() {
    TrapLoop.Raised first = origin == null ? met() : origin;
    boolean ignored =
        hart.trapLoops().loops(new TrapLoop(hart.id(), first, met(), repeats, false, true));
  }
}
