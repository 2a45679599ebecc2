package atoll.vmm;

/**
 * A channel between two machines, beside what is in its memory.
 *
 * @param name by which guests find it
 * @param bytes of shared memory
 * @param forth rung by the first end
 * @param back rung by the second
 */
public record ChannelState(String name, long bytes, Doorbell.State forth, Doorbell.State back) {
  /** The channel of which {@code first} is the first end; the machines at both are paused. */
  public static ChannelState of(ChannelPort first) {
    return new ChannelState(
        first.name(), first.memory().size(), first.out().state(), first.in().state());
  }
}
