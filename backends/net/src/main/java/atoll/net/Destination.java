package atoll.net;

import java.net.InetSocketAddress;

/**
 * Where on the host's side a guest's packet goes.
 *
 * @param address null if nowhere
 * @param why it goes nowhere; null if it does not
 * @param resolver whether it goes to one of the host's name servers
 */
record Destination(InetSocketAddress address, Unreachable why, boolean resolver) {
  static Destination to(InetSocketAddress address) {
    return new Destination(address, null, false);
  }

  static Destination toResolver(InetSocketAddress address) {
    return new Destination(address, null, true);
  }

  static Destination nowhere(Unreachable why) {
    return new Destination(null, why, false);
  }

  boolean reachable() {
    return address != null;
  }
}
