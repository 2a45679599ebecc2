package atoll.vmm;

import atoll.device.Channel;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.state.StateShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A machine's end of a channel, before the machine is made: the code that assembles the system
 * gives it to the {@link VmConfig}.
 *
 * @param name by which guests find it
 * @param memory what all ends see
 * @param position its number among the ends, from 0
 * @param bells by end: what it is rung by
 * @param end what is special about this end
 * @param donates whether who rings lends the other end's harts its priority until they wait again:
 *     a client of a service
 */
public record ChannelPort(
    String name,
    SharedMemory memory,
    int position,
    List<Doorbell> bells,
    End end,
    boolean donates) {
  /**
   * What an end is to its machine.
   *
   * @param writable whether it may store into the memory
   * @param device what its guest sees
   */
  public record End(boolean writable, ChannelDevice device) {
    public End {
      Objects.requireNonNull(device, "device");
    }

    /** One of Atoll's own device. */
    public static End endpoint(boolean writable) {
      return new End(writable, ChannelDevice.ENDPOINT);
    }
  }

  public ChannelPort {
    Objects.requireNonNull(memory, "memory");
    Objects.requireNonNull(end, "end");
    bells = List.copyOf(bells);
    Objects.checkIndex(position, bells.size());
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
    return make(
        board, name, bytes, List.of(End.endpoint(writableFirst), End.endpoint(writableSecond)));
  }

  /**
   * The same with ends of any number and kind.
   *
   * @return one for each of {@code ends}, for a machine each
   */
  public static List<ChannelPort> make(Microkernel board, String name, long bytes, List<End> ends) {
    SharedMemory memory = board.createSharedMemory(name, bytes);
    List<Doorbell.State> fresh = Collections.nCopies(ends.size(), Doorbell.State.NEW);
    return goOn(board, new ChannelState(name, bytes, fresh), memory, ends);
  }

  /**
   * The same for a channel that goes on, over the memory that it had; the machines at its ends go
   * on with it.
   *
   * @param memory which {@code board} has adopted
   */
  public static List<ChannelPort> goOn(
      Microkernel board, ChannelState state, SharedMemory memory, List<End> ends) {
    String name = state.name();
    if (memory.size() != state.bytes()) {
      throw new VmException(
          "channel %s has %d bytes, and not the %d that go with its saved state"
              .formatted(name, memory.size(), state.bytes()));
    }
    StateShape.requireCount("ends of channel " + name, state.bells().size(), ends.size());
    List<Doorbell> bells = new ArrayList<>();
    for (int n = 0; n < ends.size(); n++) {
      bells.add(new Doorbell(board, name + "/" + n, state.bells().get(n)));
    }
    List<ChannelPort> ports = new ArrayList<>();
    for (int n = 0; n < ends.size(); n++) {
      ports.add(new ChannelPort(name, memory, n, bells, ends.get(n), false));
    }
    return List.copyOf(ports);
  }

  /** Whether this end may store into the memory. */
  public boolean writable() {
    return end.writable();
  }

  /** What the guest sees. */
  public ChannelDevice device() {
    return end.device();
  }

  /** Rung by the other ends. */
  Doorbell in() {
    return bells.get(position);
  }

  /** Of a channel with two ends: rung by this end. */
  Doorbell out() {
    return bells.get(1 - position);
  }

  /** What of it a board's plan depends on. */
  BoardDescription.Port description() {
    return new BoardDescription.Port(name, memory.size(), end);
  }

  /** The same end, of a client of a service. */
  public ChannelPort donating() {
    return new ChannelPort(name, memory, position, bells, end, true);
  }
}
