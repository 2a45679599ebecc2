package atoll.vmm;

import atoll.device.spi.PeerLink;
import atoll.kernel.SystemCalls;
import java.util.function.IntConsumer;

/** Connects one of several machines that share memory with each of the others. */
final class PeerDoorbells extends BoundBell<IntConsumer> implements PeerLink {
  PeerDoorbells(SystemCalls kernel, KernelSlots.ChannelSlots slots, ChannelPort port) {
    super(kernel, slots, port);
  }

  @Override
  public int position() {
    return port().position();
  }

  @Override
  public void ring(int peer, int bits) {
    if (peer < port().bells().size() && port().bells().get(peer).attended()) {
      port().bells().get(peer).add(bits);
      signal(peer);
    }
  }

  @Override
  void tell(IntConsumer to) {
    int bits = port().in().take();
    if (bits != 0) {
      to.accept(bits);
    }
  }
}
