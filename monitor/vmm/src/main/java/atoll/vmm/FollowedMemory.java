package atoll.vmm;

import atoll.host.HostMemory;
import atoll.kernel.BlockContents;
import atoll.memory.DirtyLog;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import java.util.BitSet;

/**
 * The RAM of a machine whose writes are followed, so that it can be copied while it runs: all that
 * is used first, and then what has been written to, until the machine stands still.
 */
public final class FollowedMemory implements AutoCloseable {
  private static final int PAGE = GuestMemory.PAGE_SIZE;

  private final BlockContents ram;
  private final long base;
  private final DirtyLog log;

  /**
   * @param base guest-physical address of its first byte
   * @param log which is on
   */
  FollowedMemory(BlockContents ram, long base, DirtyLog log) {
    this.ram = ram;
    this.base = base;
    this.log = log;
  }

  /** The bytes. */
  public BlockContents contents() {
    return ram;
  }

  /** Tells of the ranges that were written to since the beginning, or since it last told. */
  public void written(HostMemory.RangeConsumer consumer) {
    for (DirtyPages.Range range : log.collect().ranges()) {
      if (range.gpa() == base) {
        tell(range.pages(), consumer);
      }
    }
  }

  private static void tell(BitSet pages, HostMemory.RangeConsumer consumer) {
    for (int from = pages.nextSetBit(0); from >= 0; ) {
      int end = pages.nextClearBit(from);
      consumer.accept((long) from * PAGE, (long) (end - from) * PAGE);
      from = pages.nextSetBit(end);
    }
  }

  /** Its writes are not followed any more. */
  @Override
  public void close() {
    log.stop();
  }
}
