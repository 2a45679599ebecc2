package atoll.image;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The form of a path in a guest: absolute, without {@code .} and {@code ..}. */
public final class GuestPath {
  /** The whole of one. */
  public static final Pattern FORM = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9_+@.-]+)+");

  /** What was expected, for messages. */
  public static final String EXPECTED = "a path in the guest such as /etc/motd";

  private GuestPath() {}

  /**
   * A path among these that others need as a folder, since they are below it. A file cannot be
   * both.
   */
  public static Optional<String> fileAndFolder(Set<String> paths) {
    return paths.stream()
        .filter(path -> paths.stream().anyMatch(other -> other.startsWith(path + "/")))
        .findFirst();
  }
}
