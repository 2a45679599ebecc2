package atoll.kernel;

/**
 * The RAM of a domain that has ended, kept for the domain that goes on with it: see {@link
 * Microkernel#detach}.
 */
public final class DetachedMemory implements AutoCloseable {
  private final MachineMemory machine;
  private final long gpa;
  private MachineMemory.Block block;

  DetachedMemory(MachineMemory machine, long gpa, MachineMemory.Block block) {
    this.machine = machine;
    this.gpa = gpa;
    this.block = block;
  }

  /** Guest-physical address of its first byte. */
  public long gpa() {
    return gpa;
  }

  /** Bytes. */
  public synchronized long size() {
    return block == null ? 0 : block.size();
  }

  /** Whether it is a part of that machine memory. */
  boolean isOf(MachineMemory memory) {
    return machine.equals(memory);
  }

  /** The block, once; null afterwards. */
  synchronized MachineMemory.Block take() {
    MachineMemory.Block taken = block;
    block = null;
    return taken;
  }

  /** Gives it back, unless a domain has got it. */
  @Override
  public void close() {
    MachineMemory.Block left = take();
    if (left != null) {
      machine.release(left);
    }
  }
}
