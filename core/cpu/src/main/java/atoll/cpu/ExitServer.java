package atoll.cpu;

/**
 * Serves a CPU's accesses to devices while it stays inside {@link Cpu#run}: to return for each one,
 * and to be run again, takes longer than most devices do.
 */
@FunctionalInterface
public interface ExitServer {
  /** It has done nothing: the CPU has to return with the reason. */
  int DECLINED = 0;

  /** The access has been served, and the CPU may go on. */
  int SERVED = 1;

  /** The access has been served, and the CPU must return before its next instruction. */
  int LEAVE = 2;

  /**
   * Serves what {@link Cpu#exit} describes, on the CPU's own thread. If it has, {@link Exit#nanos}
   * is the time; {@link Exit#fault} is never set.
   *
   * @param reason {@link Exit#MMIO_READ} or {@link Exit#MMIO_WRITE}
   * @return one of the constants
   */
  int serve(int reason);
}
