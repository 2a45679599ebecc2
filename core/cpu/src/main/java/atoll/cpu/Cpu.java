package atoll.cpu;

/**
 * A virtual CPU as the kernel sees it: something that runs guest code until it exits. No
 * instruction set shows here.
 *
 * <p>{@link #raise} and {@link #kick} are called from any thread, everything else by the one thread
 * that runs the CPU.
 */
public interface Cpu {
  /** A time that never comes. */
  long NEVER = Long.MAX_VALUE;

  /** In place of a time that the caller does not have. */
  long UNKNOWN = -1;

  /**
   * Runs guest code.
   *
   * @param budget about how many instructions to run before an exit for {@link Exit#BUDGET}; the
   *     CPU may overrun it by a few hundred
   * @param now nanoseconds of the platform's clock as the caller has just read it, so that the CPU
   *     need not; or {@link #UNKNOWN}
   * @param until its nanoseconds from which on it also exits for {@link Exit#BUDGET}, or {@link
   *     #NEVER}. Everything that makes guest code slow looks at the clock; a CPU that executes at
   *     full speed may overlook the time until its budget is used up
   * @return why it stopped, one of the constants of {@link Exit}
   */
  int run(long budget, long now, long until);

  /** The details of the last exit: one object, filled again by each {@link #run}. */
  Exit exit();

  /** Sets the level of interrupt input {@code line}, numbered as the CPU's architecture does. */
  void raise(int line, boolean high);

  /** Makes {@link #run} return soon with {@link Exit#BUDGET}, or at once if it is not running. */
  void kick();

  /** Whether a halted CPU has something to do: an interrupt that ends its wait, or a kick. */
  boolean awake();

  /**
   * Nanoseconds of the platform's clock at which a timer of the CPU's own fires; or {@link #NEVER}.
   */
  long deadline();

  /** Instructions retired since creation. */
  long instructions();

  /** Others have the thread from now on; {@link #load} comes before the next {@link #run}. */
  void put();

  /** The thread comes back to this CPU after others have had it, or for the first time. */
  void load();

  /**
   * The register of that name, outside {@link #run}. The program counter is {@code pc}; further
   * names are the architecture's.
   *
   * @throws IllegalArgumentException if there is none
   */
  long register(String name);

  /**
   * Sets the register of that name, outside {@link #run}, as far as it can be written.
   *
   * @throws IllegalArgumentException if there is none
   */
  void register(String name, long value);
}
