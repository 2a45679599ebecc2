package atoll.debug;

import atoll.engine.Advance;
import atoll.engine.StopPoints;
import atoll.vmm.MachineDebug;
import atoll.vmm.Outcome;
import atoll.vmm.VmStatistics;
import java.util.Map;
import java.util.Optional;

/**
 * One VM as a debugger has it, from life to life. Between {@link #attach} and {@link #detach} one
 * debugger has it; who has not attached it changes nothing about it.
 *
 * <p>What waits for a machine throws {@link InterruptedException}; what needs one that is there and
 * stands still throws {@link atoll.vmm.VmException}.
 */
public interface DebugTarget {
  /** Is told what becomes of it; on any thread, so it returns at once. */
  interface Listener {
    /** A hart has stopped by itself. */
    void stopped();

    /** Its life is over, and no other follows by itself. */
    void ended(Outcome how);
  }

  /** Its name. */
  String name();

  /** How many harts it has. */
  int harts();

  /** Whether it has a life now. */
  boolean alive();

  /**
   * Takes it for a debugger. It goes on until it is halted.
   *
   * @throws atoll.image.RefusedException if it has no life, or another debugger has it
   */
  void attach(Listener listener);

  /** Gives it up: its stop points are gone, and it goes on. */
  void detach();

  /** The life that it has now, which another may follow. */
  MachineDebug life();

  /** Has it stand still; returns once it does. */
  void halt() throws InterruptedException;

  /**
   * Lets harts go on, as {@link MachineDebug#proceed} does.
   *
   * @param points where they stop from now on, in this life and the next ones
   */
  void proceed(Map<Integer, Advance> harts, StopPoints points, Optional<Integer> past);

  /**
   * Has a hart make a single step at once, as {@link MachineDebug#step} does.
   *
   * @return false if nothing has happened
   */
  boolean step(int hart, StopPoints points, boolean past);

  /** What it has done so far. */
  VmStatistics statistics();

  /**
   * Begins another life, which stands before its first instruction when this returns; takes it for
   * a debugger that does not have it yet.
   *
   * @throws atoll.image.RefusedException if it cannot begin, or another debugger has it
   */
  void restart(Listener listener) throws InterruptedException;

  /** Ends its life for good, as an operator's stop does; returns once it has ended. */
  void kill() throws InterruptedException;
}
