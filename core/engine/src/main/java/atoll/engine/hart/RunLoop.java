package atoll.engine.hart;

import atoll.cpu.Cpu;
import atoll.cpu.Exit;
import atoll.cpu.ExitServer;
import atoll.engine.Engine;
import atoll.state.Unsaved;
import java.util.function.LongConsumer;

/**
 * Has a hart's executor execute its instructions slice by slice until the hart must exit, and
 * counts those that retire.
 */
@Unsaved("of the run under way")
public final class RunLoop {
  /** In place of a reason to exit. */
  private static final int NO_EXIT = -1;

  private final SoftHart hart;
  private final RetiredCounters retired;
  private final RunLimit limit;
  private final Rendezvous rendezvous;
  private final TrapUnit trapUnit;
  private final DeviceAccess device;
  private final StopUnit stops;
  private final SpinUnit spin;

  /** Knows this loop by the hart only, which has it a little later. */
  private final Engine.Executor executor;

  /** Gets the nanoseconds that another thread has spent for the hart. */
  public volatile LongConsumer payer = nanos -> {};

  /** See {@link #executing()}. */
  private boolean executing;

  /** What is left of the budget beyond the running slice. */
  private long unspent;

  /** {@link SoftHart#instructions} when the running slice will be used up. */
  private long sliceEnd;

  RunLoop(SoftHart hart, Engine engine) {
    this.hart = hart;
    retired = hart.retired;
    limit = hart.limit;
    rendezvous = hart.rendezvous();
    trapUnit = hart.trapUnit;
    device = hart.device;
    stops = hart.stops;
    spin = hart.spin;
    executor = engine.executor(hart);
  }

  Engine.Executor executor() {
    return executor;
  }

  // ------------------------------------------------------------ the run

  /** See {@link Cpu#run}. */
  int run(long budget, long now, long until) {
    executing = true;
    rendezvous.enter();
    try {
      limit.begin(until);
      return rendezvous.serve() ? runInside(spin.budget(budget), now) : end();
    } finally {
      executing = false;
      rendezvous.leave();
    }
  }

  /**
   * Whether it is inside {@link #run}, also where it does something long there and others need not
   * wait for it. Any thread: what {@link Rendezvous} writes makes the field visible.
   */
  boolean executing() {
    rendezvous.passes();
    return executing;
  }

  private int runInside(long budget, long entered) {
    unspent = budget;
    long now = entered;
    if (device.awaited()) {
      device.complete();
    }
    while (true) {
      if (hart.outcome != Outcome.NEXT) {
        int reason = serve();
        if (reason != NO_EXIT) {
          spin.works();
          return reason;
        }
      }
      now = limit.look(now);
      if (!rendezvous.serve() || unspent <= 0 || limit.overdue(now)) {
        return end();
      }
      if (stops.singly() && stops.arrived()) {
        hart.state.save(hart);
        return Exit.BREAK;
      }
      if (!stops.holdsInterrupts()) {
        trapUnit.deliverInterrupt(now);
      }
      now = Cpu.UNKNOWN; // it goes by
      if (hart.trace() == null && !stops.singly()) {
        int slice = limit.timed() ? executor.timedSlice() : executor.slice();
        int wanted = (int) Math.min(unspent, slice);
        spin.executed(wanted, execute(wanted));
      } else {
        executeOne();
      }
    }
  }

  private int end() {
    hart.state.save(hart); // an access may have been served meanwhile
    limit.end();
    return spin.idles() ? Exit.YIELD : Exit.BUDGET;
  }

  /** Returns how many of the slice are left. */
  private int execute(int slice) {
    unspent -= slice;
    sliceEnd = retired.instructions() + slice;
    int left = executor.execute(slice);
    unspent += left;
    countTo(left);
    return left;
  }

  private void executeOne() {
    TraceUnit trace = hart.trace();
    if (trace != null) {
      hart.state.save(hart);
      trace.begin();
    }
    long rest = unspent - 1;
    unspent = 1;
    int left = execute(1);
    unspent = rest;
    if (trace != null) {
      trace.end();
    }
    stops.tried(left == 0);
  }

  /**
   * Does what the last instruction has come to, or makes it the reason of an exit: a smaller set,
   * which knows no instructions.
   */
  private int serve() {
    int what = hart.outcome;
    hart.outcome = Outcome.NEXT;
    return switch (what) {
      case Outcome.MMIO -> device.exit.write ? Exit.MMIO_WRITE : Exit.MMIO_READ;
      case Outcome.HALT -> {
        executor.waits();
        yield Exit.HALT;
      }
      case Outcome.YIELD -> Exit.YIELD;
      case Outcome.HYPERCALL -> Exit.HYPERCALL;
      case Outcome.FAULT -> Exit.FAULT;
      case Outcome.BREAK -> Exit.BREAK;
      case Outcome.EXCEPTION -> {
        trapUnit.takeException();
        yield hart.outcome == Outcome.NEXT ? NO_EXIT : serve();
      }
      default -> {
        hart.mmu.fillTlb(); // and the instruction is executed again
        yield NO_EXIT;
      }
    };
  }

  /**
   * Has an access served while the hart stays inside its run; nobody waits for it meanwhile.
   *
   * @param left the slice's remaining instructions, without the one that accesses
   */
  int serveInside(ExitServer server, int reason, int left) {
    countTo(left);
    spin.works();
    executing = false;
    rendezvous.leave();
    try {
      return server.serve(reason);
    } finally {
      executing = true;
      rendezvous.enter();
    }
  }

  // ------------------------------------------------------------ for executors

  /** Whether something wants a hart that is about to wait: then it does nothing else any more. */
  public boolean wanted() {
    return (hart.interrupts.pending() & hart.mie) != 0 || limit.overdue() || rendezvous.pending();
  }

  /**
   * Makes the running slice longer, if there is nothing to attend to at its end.
   *
   * @return by how many instructions, at most {@code wanted}; 0 if it must end
   */
  public int extend(int wanted) {
    if (limit.overdue() || rendezvous.pending() || trapUnit.interruptReady()) {
      return 0;
    }
    int more = (int) Math.min(wanted, unspent);
    unspent -= more;
    sliceEnd += more;
    return more;
  }

  /**
   * Has another executor do a part of the running slice, of which {@code left} instructions are
   * left.
   *
   * @return how many of {@code most} are left
   */
  public int executeBy(Engine.Executor other, int most, int left) {
    sliceEnd += most - left;
    int unused = other.execute(most);
    sliceEnd += left - most;
    return unused;
  }

  /** The number of an instruction among all, inside a slice. */
  public long number(int left) {
    return sliceEnd - left;
  }

  /** Brings the count up to date for an instruction that reads it inside a slice. */
  public void countTo(int left) {
    long calls = hart.state.takeCalls();
    if (calls != 0) {
      sliceEnd -= calls;
      hart.traps.calls(calls);
    }
    retired.instructions(number(left));
  }

  /**
   * Ends an instruction that came to something else than {@link Outcome#NEXT} or {@link
   * Outcome#REDIRECT}.
   *
   * @param packed the instruction; 0 if it could not be fetched
   * @param pc its address
   * @param left the slice's remaining instructions, without it
   * @return whether the executor may go on, at {@link SoftHart#pc}
   */
  public boolean resolve(int outcome, long packed, long pc, int left) {
    if (Outcome.retired(outcome)) {
      return false;
    }
    hart.pc = pc;
    if (outcome == Outcome.MMIO) {
      device.await(packed);
      return false;
    }
    sliceEnd--; // it has used budget, but not retired
    if (outcome != Outcome.EXCEPTION) {
      return false;
    }
    countTo(left);
    hart.outcome = Outcome.NEXT;
    trapUnit.takeException();
    return hart.outcome == Outcome.NEXT;
  }
}
