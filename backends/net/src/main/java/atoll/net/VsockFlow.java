package atoll.net;

import atoll.device.spi.VsockPacket;

/**
 * Both ends of a guest's stream; ports are unsigned.
 *
 * @param peer context of the other end
 */
record VsockFlow(int guestPort, long peer, int peerPort) {
  /** That of a packet that the guest has sent. */
  static VsockFlow of(VsockPacket sent) {
    return new VsockFlow(sent.sourcePort(), sent.target(), sent.targetPort());
  }

  /**
   * The same stream at its other end.
   *
   * @param own context of this end
   */
  VsockFlow seenFromPeer(long own) {
    return new VsockFlow(/* guestPort= */ peerPort, own, /* peerPort= */ guestPort);
  }
}
