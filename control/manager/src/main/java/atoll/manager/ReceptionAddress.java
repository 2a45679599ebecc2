package atoll.manager;

import atoll.image.RefusedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where systems of other hosts come in.
 *
 * @param host a name, or an address without brackets
 */
record ReceptionAddress(String host, int port) {
  /** Where it is unless it is said. */
  static final int PORT = 10_811;

  private static final Pattern FORM =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.%a-z]+]|[^:\\[\\]/\\s]+)(?::(?<port>[0-9]{1,5}))?");
  private static final int PORT_MOST = 65_535;

  /**
   * Reads {@code HOST} or {@code HOST:PORT}.
   *
   * @throws RefusedException if it is neither
   */
  static ReceptionAddress parse(String text) {
    Matcher matcher = FORM.matcher(text);
    int port = PORT;
    if (matcher.matches() && matcher.group("port") != null) {
      port = Integer.parseInt(matcher.group("port"));
    }
    if (!matcher.matches() || port > PORT_MOST) {
      throw new RefusedException(
          "'%s' is no place where systems are received; give HOST:PORT, such as lab.example:%d"
              .formatted(text, PORT));
    }
    String host = matcher.group("host");
    boolean bracketed = host.startsWith("[");
    return new ReceptionAddress(bracketed ? host.substring(1, host.length() - 1) : host, port);
  }

  ReceptionAddress withPort(int other) {
    return new ReceptionAddress(host, other);
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
