package atoll.device;

import atoll.device.spi.ChannelLink;
import java.util.Optional;

/** Two ends of a channel that call each other directly. */
final class DirectLink implements ChannelLink {
  private DirectLink peer;
  private volatile Optional<Receiver> receiver = Optional.empty();

  record Pair(DirectLink one, DirectLink other) {}

  static Pair pair() {
    DirectLink one = new DirectLink();
    DirectLink other = new DirectLink();
    one.peer = other;
    other.peer = one;
    return new Pair(one, other);
  }

  @Override
  public void ring(int bits) {
    peer.receiver.ifPresent(r -> r.rung(bits));
  }

  @Override
  public void attach(Receiver to) {
    receiver = Optional.of(to);
    peer.receiver.ifPresent(r -> {
      r.peer(true);
      to.peer(true);
    });
  }

  @Override
  public void close() {
    receiver = Optional.empty();
    peer.receiver.ifPresent(r -> r.peer(false));
  }
}
