package atoll.engine.hart;

import atoll.cpu.Exit;

/**
 * What an instruction comes to: the one protocol by which everybody on the road from an
 * instruction's unit to the hart's run says it. A unit returns it to the loop of the interpreter or
 * to the executor of translated code, which goes on if it can ({@link RunLoop#resolve}); what an
 * executor is left with is in {@link SoftHart#outcome}, and {@link RunLoop} serves it or makes it
 * an {@link Exit}, which knows no instruction set.
 *
 * <p>Who does only a part of an instruction, such as an access to memory, returns something else
 * and notes in {@link SoftHart#outcome} if it could not be done.
 *
 * <p>Numbers and no enumeration: the hart's field is written and read at each access to a device,
 * and a reference there would be told to the garbage collector.
 */
public final class Outcome {
  /** It has retired, or nothing has happened yet: the next one is behind it. */
  public static final int NEXT = 0;

  /**
   * It has retired, and {@link SoftHart#pc} says where to go on; privilege, translation or what is
   * enabled may have changed.
   */
  public static final int REDIRECT = 1;

  /** The same, and the executor is to be left: an interrupt may be taken now. */
  public static final int LEAVE = 2;

  /** The same: a {@code wfi} has found nothing pending. */
  public static final int HALT = 3;

  /** The same: an {@code ecall} to the hypervisor. */
  public static final int HYPERCALL = 4;

  /** The same: the hart has looked for a while for what another one is to do. */
  public static final int YIELD = 5;

  /** It has not retired: an exception is to be taken at it. This and what follows are at its pc. */
  public static final int EXCEPTION = 6;

  /** It has not retired: it needs a translation that the MMU fills in on behalf of the hart. */
  public static final int TLB_MISS = 7;

  /** It waits for a device: {@link DeviceAccess} has what it wants. */
  public static final int MMIO = 8;

  /** It has not retired, and its trap cannot be delivered. */
  public static final int FAULT = 9;

  /** It has not been executed, since a debugger wants the hart to stop before: {@link StopUnit}. */
  public static final int BREAK = 10;

  private Outcome() {}

  /** Whether the instruction is over, and the hart's pc where to go on. */
  public static boolean retired(int outcome) {
    return outcome < EXCEPTION;
  }
}
