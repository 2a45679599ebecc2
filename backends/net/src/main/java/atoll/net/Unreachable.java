package atoll.net;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.Locale;
import java.util.Optional;

/** Why a packet did not arrive, as ICMP says it (RFC 792; RFC 4443, §3.1). */
enum Unreachable {
  NETWORK(0, 0),
  HOST(1, 3),
  PORT(3, 4),
  PROHIBITED(13, 1);

  private final int v4;
  private final int v6;

  Unreachable(int v4, int v6) {
    this.v4 = v4;
    this.v6 = v6;
  }

  int code(boolean forV4) {
    return forV4 ? v4 : v6;
  }

  /** What an error of a socket stands for; empty if somebody was there and refused. */
  static Optional<Unreachable> of(IOException e) {
    String message = e.getMessage() == null ? "" : e.getMessage().toLowerCase(Locale.ROOT);
    if (e instanceof PortUnreachableException) {
      return Optional.of(PORT);
    }
    if (e instanceof NoRouteToHostException || message.contains("timed out")) {
      return Optional.of(HOST);
    }
    if (message.contains("not permitted") || message.contains("permission denied")) {
      return Optional.of(PROHIBITED);
    }
    return e instanceof ConnectException && !message.contains("unreachable")
        ? Optional.empty()
        : Optional.of(NETWORK);
  }
}
