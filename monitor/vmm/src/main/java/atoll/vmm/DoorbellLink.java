package atoll.vmm;

import atoll.device.spi.ChannelLink;
import atoll.kernel.SystemCalls;

/** Connects a channel's endpoint with the other end. Each looks at whether the other is there. */
final class DoorbellLink extends BoundBell<ChannelLink.Receiver> implements ChannelLink {
  DoorbellLink(SystemCalls kernel, KernelSlots.ChannelSlots slots, ChannelPort port) {
    super(kernel, slots, port);
  }

  @Override
  public void ring(int bits) {
    if (port().out().attended()) {
      port().out().add(bits);
      signal(other());
    }
  }

  private int other() {
    return 1 - port().position();
  }

  @Override
  public void attach(Receiver to) {
    super.attach(to);
    signal(other());
  }

  @Override
  void closed() {
    signal(other());
  }

  @Override
  void tell(Receiver to) {
    to.peer(port().out().attended());
    int bits = port().in().take();
    if (bits != 0) {
      to.rung(bits);
    }
  }
}
