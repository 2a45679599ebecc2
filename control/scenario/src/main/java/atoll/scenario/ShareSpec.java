package atoll.scenario;

import atoll.image.GuestPath;
import atoll.image.RefusedException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A folder of the host that a guest uses.
 *
 * @param tag by what the guest knows it
 * @param at where Atoll's Linux mounts it, if not at its usual place
 * @param exclusive no other virtual machine may use it, what is in it, or what it is in
 */
public record ShareSpec(
    Path folder, String tag, boolean readOnly, Optional<String> at, boolean exclusive) {
  /** What a tag looks like: a name that can be a folder of its own. */
  public static final Pattern TAG = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9_+.-]{1,31}");

  /** The same in words. */
  public static final String TAGS = "up to 31 letters, digits and _ + . -";

  private static final int MOST_TAG = 31;
  private static final String MOUNTS = "/mnt/";

  public ShareSpec {
    Objects.requireNonNull(folder, "folder");
    if (!TAG.matcher(tag).matches()) {
      throw new RefusedException("'%s' is not a tag, expected %s".formatted(tag, TAGS));
    }
    at.filter(path -> !GuestPath.FORM.matcher(path).matches())
        .ifPresent(path -> {
          throw new RefusedException(
              "'%s' is not a place in a guest, expected a path such as /mnt/work".formatted(path));
        });
  }

  /** One that others may use too. */
  public ShareSpec(Path folder, String tag, boolean readOnly, Optional<String> at) {
    this(folder, tag, readOnly, at, false);
  }

  /** The tag of a folder whose user gives none: its name, as far as a tag can have it. */
  public static String usualTag(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    String tag = name == null ? "" : name.toString().replaceAll("[^A-Za-z0-9_+.-]", "_");
    String most = tag.substring(0, Math.min(MOST_TAG, tag.length()));
    return TAG.matcher(most).matches() ? most : "share";
  }

  /** Where Atoll's Linux mounts it. */
  public String place() {
    return at.orElse(MOUNTS + tag);
  }

  /** For who reads a plan. */
  String label() {
    return "folder " + tag + (readOnly ? ", read-only" : "");
  }

  /** What connects its guest with the host, for who reads a plan. */
  String link() {
    String how = exclusive ? (readOnly ? "read-only, exclusive" : "exclusive") : "read-only";
    return "folder " + folder + (readOnly || exclusive ? " (%s)".formatted(how) : "");
  }
}
