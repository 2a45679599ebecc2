package atoll.kernel;

import atoll.host.HostMemory;
import atoll.memory.MachineExtent;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What is in a block of machine memory, for those who assemble a system and save it. It can be read
 * as long as the block has an owner; then reading throws {@link IllegalStateException}.
 */
public final class BlockContents {
  private final List<MachineExtent> places;
  private final MachineMemory.Policy policy;
  private final HostMemory memory;

  BlockContents(List<MachineExtent> places, MachineMemory.Policy policy, HostMemory memory) {
    this.places = places;
    this.policy = policy;
    this.memory = memory;
  }

  /** Where the block is in machine memory, in the order of its bytes. */
  public List<MachineExtent> places() {
    return places;
  }

  /** How its owner got it. */
  public MachineMemory.Policy policy() {
    return policy;
  }

  /** Bytes. */
  public long size() {
    return memory.segment().byteSize();
  }

  /** Tells of all ranges in which something else than zeroes may be; touches no page. */
  public void used(HostMemory.RangeConsumer consumer) {
    memory.used(consumer);
  }

  /**
   * Tells of all ranges that may have something else than what the block began with; touches no
   * page.
   */
  public void changed(HostMemory.RangeConsumer consumer) {
    memory.changed(consumer);
  }

  /** Copies bytes out, which may change meanwhile; a few, since the owner's end waits for it. */
  public void copy(long offset, MemorySegment into) {
    MemorySegment.copy(memory.segment(), offset, into, 0, into.byteSize());
  }
}
