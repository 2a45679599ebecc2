package atoll.virtio;

import atoll.device.spi.NetFrame;
import atoll.state.Unsaved;

/**
 * Which pair of queues a flow uses: the one that the guest has last sent on (§5.1.6.5.5, automatic
 * receive steering). Both directions of a flow have the same place in the table.
 */
@Unsaved("learned again of what the guest sends")
final class NetSteering {
  private static final int PLACES = 256;
  private static final int ETHERTYPE = 12;
  private static final int PAYLOAD = 14;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  private final byte[] pairs = new byte[PLACES];

  void sent(NetFrame frame, int pair) {
    if (frame.length() != 0) {
      pairs[place(frame)] = (byte) pair;
    }
  }

  int pairFor(NetFrame frame, int active) {
    return active == 1 ? 0 : pairs[place(frame)] % active;
  }

  private static int place(NetFrame frame) {
    int hash =
        switch (frame.length() < PAYLOAD ? 0 : frame.bytes().getShort(ETHERTYPE) & 0xffff) {
          case IPV4 -> sum(frame, PAYLOAD + 12, PAYLOAD + IPV4_HEADER);
          case IPV6 -> sum(frame, PAYLOAD + 8, PAYLOAD + IPV6_HEADER);
          default -> 0;
        };
    return (hash ^ hash >>> 8 ^ hash >>> 16 ^ hash >>> 24) & PLACES - 1;
  }

  /** Of addresses and ports, whichever is whose. */
  private static int sum(NetFrame frame, int addresses, int ports) {
    if (frame.length() < ports + Integer.BYTES) {
      return 0;
    }
    int sum = 0;
    for (int at = addresses; at < ports; at += Integer.BYTES) {
      sum ^= frame.bytes().getInt(at);
    }
    return sum ^ frame.bytes().getShort(ports) ^ frame.bytes().getShort(ports + Short.BYTES);
  }
}
