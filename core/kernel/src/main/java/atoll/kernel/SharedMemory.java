package atoll.kernel;

import atoll.host.HostMemory;
import atoll.memory.MachineExtent;
import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;

/**
 * A block of machine memory that belongs to no domain: those that hold a capability for it can map
 * it, to read or to write as the capability says. Made and given out by the {@link Microkernel}.
 * Thread-safe.
 */
public final class SharedMemory implements KernelObject {
  private final MachineMemory machine;
  private final MachineMemory.Block block;

  @Unsaved("counts the windows that are open")
  private int mappings;

  @Unsaved("of a system that ends")
  private boolean destroyed;

  SharedMemory(MachineMemory machine, MachineMemory.Block block) {
    this.machine = machine;
    this.block = block;
  }

  @Override
  public String name() {
    return block.owner;
  }

  /** Bytes. */
  public long size() {
    return block.size();
  }

  /** Where it is in machine memory. */
  List<MachineExtent> machine() {
    return block.machine();
  }

  /** What is in it, to be copied. */
  public BlockContents contents() {
    return block.contents();
  }

  /** How many windows onto it there are now. */
  public synchronized int mappings() {
    return mappings;
  }

  /** The memory, for one more window, which {@link #release} ends; empty once destroyed. */
  synchronized Optional<HostMemory> retain() {
    if (destroyed) {
      return Optional.empty();
    }
    mappings++;
    return Optional.of(block.memory);
  }

  synchronized void release() {
    mappings--;
  }

  /** Gives the machine memory back, unless a domain has it mapped. */
  synchronized Status destroy() {
    if (destroyed || mappings > 0) {
      return Status.BAD_STATE;
    }
    destroyed = true;
    machine.release(block);
    return Status.OK;
  }
}
