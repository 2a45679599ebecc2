package atoll.net;

import atoll.device.spi.NetFrame;
import java.util.List;

/** What connects a network with the outside; one more place of its switch. */
interface Uplink {
  /** Its hardware address. */
  long mac();

  /** Takes a frame that is for it, or for all. */
  void input(NetFrame frame, NetworkPort from);

  /** Has a port of the host lead to a guest. */
  void forward(PortForward forward, NetworkPort port);

  /** The number of such a port. */
  int boundPort(PortForward forward);

  /** Another interface is in a port, or none: what was for the old one ends. */
  void plugged(NetworkPort port);

  /** What it does, for people; any thread. */
  List<String> describe();
}
