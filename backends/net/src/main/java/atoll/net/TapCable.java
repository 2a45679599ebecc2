package atoll.net;

import atoll.host.DescriptorPoll;
import atoll.host.HostException;
import atoll.host.TapInterface;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** A cable to an interface of the host. */
record TapCable(TapInterface tap, DescriptorPoll poll) implements Cable {
  /**
   * Takes the interface, or makes one; a person is told what is left to do for it.
   *
   * @param mtu bytes of the network's longest packet
   * @throws HostException if it is not to be had
   */
  static TapCable open(TapSettings settings, int mtu, Consumer<String> notices) {
    TapInterface tap = new TapInterface(settings.name(), mtu);
    try {
      TapCable cable = new TapCable(tap, new DescriptorPoll(1));
      cable.tell(mtu, notices);
      return cable;
    } catch (HostException e) {
      tap.close();
      throw e;
    }
  }

  private void tell(int mtu, Consumer<String> notices) {
    if (tap.made()) {
      notices.accept(
          "the host's interface %s is made, and goes with this system: give it an address, as by 'ip addr add 192.168.7.1/24 dev %s'"
              .formatted(tap.name(), tap.name()));
    } else if (!tap.up()) {
      notices.accept(
          "the host's interface %s is down, so that nothing passes: 'ip link set %s up'"
              .formatted(tap.name(), tap.name()));
    }
    if (tap.mtu() > mtu) {
      notices.accept(
          "the host's interface %s carries packets of %d bytes, the network of %d: give the network the mtu %d, or the interface %d"
              .formatted(tap.name(), tap.mtu(), mtu, tap.mtu(), mtu));
    }
  }

  @Override
  public String name() {
    return "the host's interface " + tap.name();
  }

  @Override
  public boolean await(boolean listening, long nanos) {
    poll.watch(0, listening ? tap.descriptor() : DescriptorPoll.NONE);
    return poll.await(nanos);
  }

  @Override
  public void wake() {
    poll.wake();
  }

  @Override
  public int read(MemorySegment header, MemorySegment frame) {
    return tap.read(header, frame);
  }

  @Override
  public boolean write(MemorySegment header, MemorySegment frame, int length) {
    return tap.write(header, frame, length);
  }

  @Override
  public void close() {
    tap.close();
    poll.close();
  }
}
