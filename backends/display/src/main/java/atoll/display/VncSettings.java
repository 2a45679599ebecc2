package atoll.display;

import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * How viewers reach a screen by VNC.
 *
 * @param listen where the host listens; on its loopback only, unless there is a password
 * @param password that a viewer must know, of which eight bytes count
 */
public record VncSettings(InetSocketAddress listen, Optional<String> password) {
  public VncSettings {
    Objects.requireNonNull(listen, "listen");
    Objects.requireNonNull(password, "password");
    if (password.isEmpty() && !listen.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException("viewers from elsewhere need a password");
    }
  }
}
