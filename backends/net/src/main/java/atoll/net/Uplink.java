package atoll.net;

import atoll.device.spi.NetFrame;
import java.util.List;

/** What connects a network with the outside; one more place of its switch. */
interface Uplink {
  /** Whether the hardware address is its own. */
  boolean owns(long mac);

  /** Whether there are other stations behind it. */
  boolean leadsOn();

  /** Takes a frame that is for it, for what is behind it, or for all. */
  void input(NetFrame frame, NetworkPort from);

  /** Another interface is in a port, or none: what was for the old one ends. */
  void plugged(NetworkPort port);

  /** What it does, for people; any thread. */
  List<String> describe();
}
