package atoll.snapshot;

import atoll.image.RefusedException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder of a snapshot: its name, and a number that no other one has had, and that is higher
 * than those of older ones of that name, which are as good as removed.
 */
record SnapshotName(String name, long number) {
  private static final String FORM = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";
  private static final Pattern NAME = Pattern.compile(FORM);
  private static final Pattern FOLDER = Pattern.compile("(" + FORM + ")@([1-9][0-9]{0,17})");

  /** What a folder's name says; nothing if it is of no snapshot. */
  static Optional<SnapshotName> of(Path folder) {
    Matcher matcher = FOLDER.matcher(folder.getFileName().toString());
    return matcher.matches()
        ? Optional.of(new SnapshotName(matcher.group(1), Long.parseLong(matcher.group(2))))
        : Optional.empty();
  }

  /**
   * A name that a user has given.
   *
   * @throws RefusedException if no snapshot can have it
   */
  static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new RefusedException(
          "'%s' cannot be the name of a snapshot, expected up to 100 letters, digits and . _ -, of which the first is a letter or digit"
              .formatted(name));
    }
    return name;
  }

  String folder() {
    return name + "@" + number;
  }
}
