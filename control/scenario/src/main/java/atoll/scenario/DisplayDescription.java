package atoll.scenario;

import atoll.display.ScreenSize;
import atoll.host.LiteralAddress;
import atoll.image.RefusedException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * A virtual machine's display.
 *
 * @param size of the picture that the guest is asked for
 * @param vnc where viewers find it, if they do
 * @param password a file whose first line they must know
 */
public record DisplayDescription(
    ScreenSize size, Optional<InetSocketAddress> vnc, Optional<Path> password) {
  /** What those who are far away need. */
  public static final String OPEN =
      "viewers from other hosts need a password; give a file with one, or listen on 127.0.0.1";

  /** What a password alone is good for. */
  public static final String NO_VIEWERS =
      "a password is for viewers, and there are none; say where they find the display, with vnc";

  public DisplayDescription {
    Objects.requireNonNull(size, "size");
    Objects.requireNonNull(vnc, "vnc");
    Objects.requireNonNull(password, "password");
    obstacle(vnc, password)
        .ifPresent(why -> {
          throw new RefusedException(why);
        });
  }

  /** Why such a display cannot be, in a sentence. */
  public static Optional<String> obstacle(
      Optional<InetSocketAddress> vnc, Optional<Path> password) {
    if (vnc.isEmpty()) {
      return password.map(file -> NO_VIEWERS);
    }
    boolean open = password.isEmpty() && !vnc.get().getAddress().isLoopbackAddress();
    return open ? Optional.of(OPEN) : Optional.empty();
  }

  /** For who reads a plan. */
  String label() {
    return "display of %s%s"
        .formatted(
            size,
            vnc.map(address ->
                    "; VNC at %s%s"
                        .formatted(
                            LiteralAddress.format(address),
                            password.isPresent() ? " with a password" : ""))
                .orElse(""));
  }
}
