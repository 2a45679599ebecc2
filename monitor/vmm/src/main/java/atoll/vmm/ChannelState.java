package atoll.vmm;

import java.util.List;

/**
 * A channel between machines, beside what is in its memory.
 *
 * @param name by which guests find it
 * @param bytes of shared memory
 * @param bells by end: what it is rung by
 */
public record ChannelState(String name, long bytes, List<Doorbell.State> bells) {
  public ChannelState {
    bells = List.copyOf(bells);
  }

  /** The channel that {@code port} is an end of; the machines at all ends are paused. */
  public static ChannelState of(ChannelPort port) {
    return new ChannelState(
        port.name(), port.memory().size(), port.bells().stream().map(Doorbell::state).toList());
  }
}
