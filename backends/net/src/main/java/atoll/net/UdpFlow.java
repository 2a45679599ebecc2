package atoll.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;

/**
 * Datagrams between a port of a guest and one of somebody else: a socket of the host's own for a
 * guest that has begun, the forwarded port's for somebody outside who has.
 */
final class UdpFlow implements NetworkLoop.Ready {
  private static final int READS_AT_ONCE = 16;

  private final UdpNat nat;
  private final Flow flow;
  private final Neighbour neighbour;
  private final DatagramChannel channel;

  /** Who is answered by a forwarded port; null if the socket knows. */
  private final InetSocketAddress client;

  /** The name server that is asked; null if it is none. */
  private final InetSocketAddress resolver;

  private final Alarms.Alarm end;
  private final int life;
  private SelectionKey key;
  private boolean answered = true;

  UdpFlow(
      UdpNat nat,
      Flow flow,
      Neighbour neighbour,
      DatagramChannel channel,
      InetSocketAddress client,
      InetSocketAddress resolver) {
    this.nat = nat;
    this.flow = flow;
    this.neighbour = neighbour;
    this.channel = channel;
    this.client = client;
    this.resolver = resolver;
    end = nat.loop().alarms().make(this::close);
    life = neighbour.port().life();
    touch();
  }

  /** Whether it was made by an interface that is no longer in its port. */
  boolean orphaned() {
    return life != neighbour.port().life();
  }

  Flow flow() {
    return flow;
  }

  Neighbour neighbour() {
    return neighbour;
  }

  /** The socket is the flow's own, and talks to nobody else; what comes there is for it. */
  void connect(InetSocketAddress to) throws IOException {
    DatagramChannel ignored = channel.connect(to);
    key = nat.loop().register(channel, SelectionKey.OP_READ, this);
  }

  private void touch() {
    end.at(nat.loop().now() + (resolver == null ? UdpNat.IDLE : UdpNat.RESOLVER_IDLE));
  }

  /**
   * Sends a guest's datagram on.
   *
   * @return false if it has to be sent by a new flow, since the name server does not answer
   */
  boolean send(ByteBuffer bytes, int from, int length) {
    if (resolver != null && !answered) {
      nat.silent(resolver);
      close();
      return false;
    }
    touch();
    answered = false;
    try {
      bytes.limit(from + length).position(from);
      int ignored = client == null ? channel.write(bytes) : channel.send(bytes, client);
    } catch (IOException e) {
      failed(e);
    } finally {
      bytes.clear();
    }
    return true;
  }

  @Override
  public void ready() {
    try {
      for (int n = 0; n < READS_AT_ONCE; n++) {
        int at = nat.begin(flow, neighbour);
        ByteBuffer bytes = nat.writer().bytes();
        bytes.position(at).limit(at + UdpNat.most(flow));
        int got;
        try {
          got = channel.read(bytes);
        } finally {
          bytes.clear();
        }
        if (got == 0) {
          return; // None, or an empty one.
        }
        answered = true;
        touch();
        nat.end(flow, neighbour, got);
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  /** The guest is told; the socket may go on. */
  private void failed(IOException e) {
    Unreachable why = Unreachable.of(e).orElse(Unreachable.PORT);
    if (resolver != null) {
      nat.silent(resolver);
    }
    if (client == null) {
      nat.unreachable(flow, neighbour, why);
      close();
    }
  }

  /** An answer to a forwarded port's client goes through here, or a further datagram of its. */
  void received() {
    touch();
  }

  void close() {
    end.drop();
    nat.remove(this);
    if (client != null) {
      return; // The socket is the forwarded port's.
    }
    if (key != null) {
      key.cancel();
    }
    try {
      channel.close();
    } catch (IOException e) {
      // It is gone all the same.
    }
  }
}
