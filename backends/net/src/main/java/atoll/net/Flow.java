package atoll.net;

/**
 * Both ends of a flow of packets: a guest's address and port, and those that it talks to. The place
 * where the guest is plugged in belongs to it, so that nobody speaks in another's flow by taking
 * its address. Mutable, so that looking one up allocates nothing; one that is kept in a table is
 * never changed.
 */
final class Flow {
  private NetworkPort place;
  private long guestHigh;
  private long guest;
  private long peerHigh;
  private long peer;
  private int ports;

  /** The flow of a packet from a guest, with its ports, the source's highest. */
  Flow of(IpPacket packet, int ports, NetworkPort from) {
    place = from;
    guestHigh = packet.sourceHigh;
    guest = packet.source;
    peerHigh = packet.targetHigh;
    peer = packet.target;
    this.ports = ports;
    return this;
  }

  static Flow between(Neighbour guest, int guestPort, IpAddress peer, int peerPort) {
    Flow flow = new Flow();
    flow.place = guest.port();
    flow.guestHigh = guest.address().high();
    flow.guest = guest.address().low();
    flow.peerHigh = peer.high();
    flow.peer = peer.low();
    flow.ports = guestPort << 16 | peerPort;
    return flow;
  }

  Flow copy() {
    Flow flow = new Flow();
    flow.place = place;
    flow.guestHigh = guestHigh;
    flow.guest = guest;
    flow.peerHigh = peerHigh;
    flow.peer = peer;
    flow.ports = ports;
    return flow;
  }

  IpAddress guest() {
    return new IpAddress(guestHigh, guest);
  }

  int guestPort() {
    return ports >>> 16;
  }

  IpAddress peer() {
    return new IpAddress(peerHigh, peer);
  }

  int peerPort() {
    return ports & 0xffff;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Flow flow
        && ports == flow.ports
        && place == flow.place
        && guest == flow.guest
        && peer == flow.peer
        && guestHigh == flow.guestHigh
        && peerHigh == flow.peerHigh;
  }

  @Override
  public int hashCode() {
    long mixed = (guest * 31 + peer) * 31 + guestHigh + peerHigh;
    int hash = ((int) (mixed ^ mixed >>> 32) * 31 + ports) * 0x9e37_79b1;
    return hash ^ hash >>> 15;
  }
}
