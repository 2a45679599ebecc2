package atoll.kernel;

/** What the holder of a {@link Capability} may do with its object: bits of one mask. */
public final class Permission {
  /** Start, stop, pause or resume a vCPU; create objects in a domain. */
  public static final int CONTROL = 1;

  /** Raise an interrupt of a vCPU; count a semaphore up. */
  public static final int SIGNAL = 1 << 1;

  /** Wait on a semaphore. */
  public static final int WAIT = 1 << 2;

  /** Bind a portal to an exit reason, a vCPU to a scheduling context, a handler to a semaphore. */
  public static final int BIND = 1 << 3;

  /** Hand the capability on to another domain. */
  public static final int DELEGATE = 1 << 4;

  /** Map shared memory to read it. */
  public static final int READ = 1 << 5;

  /** With {@link #READ}: map shared memory to read and write it. */
  public static final int WRITE = 1 << 6;

  /**
   * With {@link #SIGNAL}: lend the caller's priority to the vCPUs that a semaphore's handler wakes,
   * until they wait again; what a service grants to its clients.
   */
  public static final int DONATE = 1 << 7;

  /** All of them, which the creator of an object gets. */
  public static final int ALL = (1 << 8) - 1;

  private Permission() {}
}
