package atoll.engine;

/**
 * A virtual CPU as the kernel sees it: something that runs guest code until it exits. No
 * instruction set shows here.
 *
 * <p>{@link #run}, {@link #exit} and the register methods belong to the one thread that runs the
 * CPU; {@link #raise} and {@link #kick} are called from any thread.
 */
public interface Cpu {
  /** A time that never comes. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Runs guest code.
   *
   * @param budget about how many instructions to run before an exit for {@link Exit#BUDGET}; the
   *     CPU may overrun it by a few hundred
   * @param until {@link atoll.host.Clock#nanos} from which on it also exits for {@link
   *     Exit#BUDGET}, or {@link #NEVER}. Whatever makes guest code slow looks at the clock; a CPU
   *     that executes at full speed may overlook the time until its budget is used up
   * @return why it stopped, one of the constants of {@link Exit}
   */
  int run(long budget, long until);

  /** The details of the last exit: one object, filled anew by each {@link #run}. */
  Exit exit();

  /** Sets the level of interrupt input {@code line}, numbered as the CPU's architecture does. */
  void raise(int line, boolean high);

  /** Makes {@link #run} return soon with {@link Exit#BUDGET}, or at once if it is not running. */
  void kick();

  /** Whether a halted CPU has something to do: an interrupt that ends its wait, or a kick. */
  boolean awake();

  /** {@link atoll.host.Clock#nanos} at which a timer of the CPU's own fires; MAX_VALUE if none. */
  long deadline();

  /** Instructions retired since creation. */
  long instructions();

  /**
   * Address translations that the CPU has cached, at least; the kernel compares the number before
   * and after others had the physical CPU. Its own thread, outside {@link #run}.
   */
  int translations();

  /** Serves an exit for {@link Exit#TLB_MISS}; the CPU's own thread, outside {@link #run}. */
  void fillTlb();

  /** The register of that name, for reports and debuggers; the program counter is {@code pc}. */
  long register(String name);
}
