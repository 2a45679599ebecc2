package atoll.vmm;

import atoll.cpu.Exit;
import atoll.engine.HartGroup;
import atoll.kernel.Status;

/** Where a monitor keeps which capability. */
final class KernelSlots {
  /** The semaphore that is counted up when a run ends. */
  static final int ENDED = 1;

  /** The first vCPU, then the others. */
  static final int VCPUS = 10;

  /** The scheduling context of the first vCPU, then the others'. */
  static final int CONTEXTS = VCPUS + HartGroup.MOST_HARTS;

  /** Portals, by reason of exit. */
  static final int PORTALS = CONTEXTS + HartGroup.MOST_HARTS;

  /** For each channel: its memory, and the semaphores by which its ends are rung. */
  private static final int CHANNELS = PORTALS + Exit.REASONS;

  private static final int CHANNEL_STRIDE = 1 + ChannelDevice.MOST_PEERS;

  /**
   * Where the capabilities for one channel are.
   *
   * @param bells the first end's, then the others'
   */
  record ChannelSlots(int memory, int bells) {
    int bell(int position) {
      return bells + position;
    }
  }

  private KernelSlots() {}

  static ChannelSlots channel(int n) {
    int first = CHANNELS + CHANNEL_STRIDE * n;
    return new ChannelSlots(first, first + 1);
  }

  /** For calls that cannot fail unless the monitor is wrong. */
  static void require(Status status, String what) {
    if (status != Status.OK) {
      throw new IllegalStateException("the kernel refused to %s: %s".formatted(what, status));
    }
  }
}
