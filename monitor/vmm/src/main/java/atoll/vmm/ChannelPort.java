package atoll.vmm;

import atoll.device.Channel;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.virtio.Service;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A machine's end of a channel, before the machine is made: the code that assembles the system
 * gives it to the {@link VmConfig}.
 *
 * @param name by which guests find it
 * @param memory what both ends see
 * @param writable whether this end may store into it
 * @param in rung by the other end
 * @param out rung by this end
 * @param donates whether who rings lends the other end's harts its priority until they wait again:
 *     a client of a service
 * @param service which device of this machine the other end serves, if it is one that a driver VM
 *     serves: then its guest has that device, and sees nothing of the channel
 */
public record ChannelPort(
    String name,
    SharedMemory memory,
    boolean writable,
    Doorbell in,
    Doorbell out,
    boolean donates,
    Optional<Service> service) {
  public ChannelPort {
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(in, "in");
    Objects.requireNonNull(out, "out");
    Objects.requireNonNull(service, "service");
    if (!name.matches("[\\x21-\\x7e]{1," + Channel.MAX_NAME + "}")) {
      throw new VmException(
          "a channel is named by 1 to %d printable ASCII characters without spaces, not '%s'"
              .formatted(Channel.MAX_NAME, name));
    }
  }

  /**
   * Makes a channel and its two ends; {@code board} keeps its memory until it is destroyed.
   *
   * @param bytes of shared memory, a positive multiple of 4096
   * @param writableFirst whether the first end may store into it
   * @param writableSecond whether the second may
   * @return two ends, for a machine each
   */
  public static List<ChannelPort> pair(
      Microkernel board, String name, long bytes, boolean writableFirst, boolean writableSecond) {
    SharedMemory memory = board.createSharedMemory(name, bytes);
    ChannelState fresh = new ChannelState(name, bytes, Doorbell.State.NEW, Doorbell.State.NEW);
    return pair(board, fresh, memory, writableFirst, writableSecond);
  }

  /**
   * The same for a channel that goes on, over the memory that it had; the machines at its ends go
   * on with it.
   *
   * @param memory which {@code board} has adopted
   */
  public static List<ChannelPort> pair(
      Microkernel board,
      ChannelState state,
      SharedMemory memory,
      boolean writableFirst,
      boolean writableSecond) {
    String name = state.name();
    if (memory.size() != state.bytes()) {
      throw new VmException(
          "channel %s has %d bytes, and not the %d that go with its saved state"
              .formatted(name, memory.size(), state.bytes()));
    }
    Doorbell forth = new Doorbell(board, name + "/forth", state.forth());
    Doorbell back = new Doorbell(board, name + "/back", state.back());
    return List.of(
        new ChannelPort(name, memory, writableFirst, back, forth, false, Optional.empty()),
        new ChannelPort(name, memory, writableSecond, forth, back, false, Optional.empty()));
  }

  /** What of it a board's plan depends on. */
  BoardDescription.Port description() {
    return new BoardDescription.Port(name, memory.size(), writable, service.isPresent());
  }

  /** The same end, of a client of a service. */
  public ChannelPort donating() {
    return new ChannelPort(name, memory, writable, in, out, true, service);
  }

  /** The same end, of a machine that has a device which the other end serves. */
  public ChannelPort served(Service by) {
    return new ChannelPort(name, memory, writable, in, out, true, Optional.of(by));
  }
}
