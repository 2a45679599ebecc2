package atoll.engine.hart;

import atoll.engine.Advance;
import atoll.engine.StopCause;
import atoll.engine.StopPoints;
import atoll.engine.mmu.StopTable;
import atoll.state.Unsaved;

/**
 * Where, and after what, a hart stops for a debugger. Used by the hart's thread, and by others
 * while it does not execute.
 */
@Unsaved("of whoever debugs it")
public final class StopUnit {
  private static final Advance FREELY = new Advance.Freely();
  private static final Advance SINGLE_STEP = new Advance.Step(0, 0, false);

  private final SoftHart hart;
  private StopTable table = StopTable.NONE;
  private Advance how = FREELY;

  /** Instructions are executed one by one: for a step, or to get past a stop point. */
  private boolean singly;

  /** One has been executed since the hart went on, and {@link #arrived} has not been asked. */
  private boolean executed;

  /** The first instruction may access what is watched: the debugger knows that it will. */
  private boolean passesWatchpoints;

  /** Nobody is there who could serve an access to a device. */
  private boolean alone;

  private boolean refused;

  private StopCause cause = new StopCause.Stepped();

  StopUnit(SoftHart hart) {
    this.hart = hart;
  }

  /** Takes over other stop points. */
  void table(StopTable next) {
    table = next;
    hart.mmu.stops(next);
  }

  /** See {@link atoll.engine.Hart#advance}. */
  void advance(Advance next, boolean past) {
    how = next;
    singly = past || next instanceof Advance.Step;
    executed = false;
    passesWatchpoints = past && cause instanceof StopCause.Watchpoint;
  }

  /** See {@link atoll.engine.Hart#stepAlone}. */
  void beginAlone(boolean past) {
    advance(SINGLE_STEP, past);
    alone = true;
    refused = false;
  }

  /** Returns whether nothing was refused meanwhile. */
  boolean endAlone() {
    alone = false;
    return !refused;
  }

  /** Whether an access to a device cannot be served now: the instruction is not executed then. */
  boolean refusesDevice() {
    if (alone) {
      refused = true;
      hart.outcome = Outcome.BREAK;
    }
    return alone;
  }

  /** The hart cannot go on from an exception with this cause. */
  void unhandled(int trap) {
    cause = new StopCause.Unhandled(trap);
  }

  /** Why the hart has stopped last. */
  StopCause cause() {
    return cause;
  }

  // ------------------------------------------------------------ asked by units

  /**
   * Whether the hart stops before the instruction at {@code pc}, which somebody may want; it has an
   * outcome then.
   */
  public boolean stopsAt(long pc) {
    if (singly || !table.breaksAt(pc, space())) {
      return false;
    }
    stop(new StopCause.Breakpoint());
    return true;
  }

  private long space() {
    return hart.virtual ? hart.hypervisor.vsatp : hart.satp;
  }

  /** Whether the hart stops before an access by a single load or store. */
  boolean stopsBefore(long va, int bytes, boolean store) {
    return table.watches() && meets(va, bytes, !store, store);
  }

  /** The same for an atomic instruction; {@code lr} is a load. */
  boolean stopsBeforeAtomic(long va, int bytes, boolean store) {
    return table.watches() && meets(va, bytes, true, store);
  }

  private boolean meets(long va, int bytes, boolean load, boolean store) {
    StopPoints.Watchpoint met = passesWatchpoints ? null : table.watched(va, bytes, load, store);
    if (met == null) {
      return false;
    }
    stop(new StopCause.Watchpoint(met.address(), store));
    return true;
  }

  private void stop(StopCause why) {
    cause = why;
    hart.outcome = Outcome.BREAK;
  }

  // ------------------------------------------------------------ asked by the run

  /** Whether instructions are to be executed one by one, with {@link #arrived} before each. */
  boolean singly() {
    return singly;
  }

  /** Whether no interrupt is to be taken. */
  boolean holdsInterrupts() {
    return singly && !(how instanceof Advance.Step step && step.interrupts());
  }

  /** Tells of an instruction, or of a try at one that is to be made again. */
  void tried(boolean whole) {
    int outcome = hart.outcome;
    executed = whole && outcome != Outcome.TLB_MISS && outcome != Outcome.BREAK;
    if (executed && outcome == Outcome.HALT && how instanceof Advance.Step) {
      hart.outcome = Outcome.NEXT; // a wait may end at any time (priv §3.3.3)
    }
  }

  /** Whether the hart has come to where the debugger wants it; asked between instructions. */
  boolean arrived() {
    if (!executed) {
      return false;
    }
    executed = false;
    passesWatchpoints = false;
    if (!(how instanceof Advance.Step step)) {
      singly = false;
      return false;
    }
    boolean inside = Long.compareUnsigned(hart.pc - step.from(), step.until() - step.from()) < 0;
    if (!inside) {
      cause = new StopCause.Stepped();
      return true;
    }
    boolean breaks = table.breaksAt(hart.pc, space());
    if (breaks) {
      cause = new StopCause.Breakpoint();
    }
    return breaks;
  }
}
