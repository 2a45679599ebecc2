package atoll.nbd;

import atoll.host.Clock;
import atoll.line.Line;
import atoll.line.SocketLine;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;

/** Connects to a server, and agrees with it on an export. */
final class Connector {
  /** How long a host that does not answer is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Of TLS, for a socket of this host. */
  private static final String THIS_HOST = "localhost";

  private Connector() {}

  /**
   * Makes a connection, within a time that goes for all that is said until then.
   *
   * @param clock the host's
   * @throws IOException if there is none to be had
   */
  static NbdConnection connect(NbdAddress address, Clock clock) throws IOException {
    Wire wire = new Wire(line(address.endpoint()));
    boolean agreed = false;
    try {
      wire.deadline(shorter(address.patience(), PATIENCE.multipliedBy(2)), clock);
      NbdConnection connection =
          switch (address.endpoint()) {
            case NbdAddress.Tcp(String host, int port) ->
                new ClientHandshake(wire, address).perform(host, port);
            case NbdAddress.Unix(var path) ->
                new ClientHandshake(wire, address).perform(THIS_HOST, Protocol.PORT);
          };
      wire.patience(address.patience());
      agreed = true;
      return connection;
    } finally {
      if (!agreed) {
        wire.close();
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Line line(NbdAddress.Endpoint endpoint) throws IOException {
    return switch (endpoint) {
      case NbdAddress.Tcp(String host, int port) -> SocketLine.connect(host, port, PATIENCE);
      case NbdAddress.Unix(var path) ->
          SocketLine.connect(UnixDomainSocketAddress.of(path), PATIENCE);
    };
  }
}
