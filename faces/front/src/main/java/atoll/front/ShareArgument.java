package atoll.front;

import atoll.image.RefusedException;
import atoll.scenario.ShareSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads {@code DIR[,tag=NAME][,ro][,exclusive][,at=PATH]}: what follows the folder, in any order.
 * The folder's name may have commas of its own.
 */
final class ShareArgument implements ITypeConverter<ShareSpec> {
  private static final String READ_ONLY = "ro";
  private static final String EXCLUSIVE = "exclusive";
  private static final String TAG = "tag=";
  private static final String AT = "at=";

  @Override
  public ShareSpec convert(String value) {
    String name = value;
    boolean readOnly = false;
    boolean exclusive = false;
    Optional<String> tag = Optional.empty();
    Optional<String> at = Optional.empty();
    for (int comma = name.lastIndexOf(','); comma >= 0; comma = name.lastIndexOf(',')) {
      String word = name.substring(comma + 1);
      if (word.equals(READ_ONLY)) {
        readOnly = true;
      } else if (word.equals(EXCLUSIVE)) {
        exclusive = true;
      } else if (word.startsWith(TAG)) {
        tag = Optional.of(word.substring(TAG.length()));
      } else if (word.startsWith(AT)) {
        at = Optional.of(word.substring(AT.length()));
      } else {
        requireFolder(name, word);
        break;
      }
      name = name.substring(0, comma);
    }
    Path folder = new FileName().convert(name);
    return spec(folder, tag.orElseGet(() -> ShareSpec.usualTag(folder)), readOnly, at, exclusive);
  }

  /** What looks like one more word may be a part of the folder's name, if there is one. */
  private static void requireFolder(String name, String word) {
    if (!Files.exists(new FileName().convert(name))) {
      throw new TypeConversionException(
          "there is no folder %s, and '%s' is not ro, exclusive, tag=NAME or at=PATH"
              .formatted(name, word));
    }
  }

  private static ShareSpec spec(
      Path folder, String tag, boolean readOnly, Optional<String> at, boolean exclusive) {
    try {
      return new ShareSpec(folder, tag, readOnly, at, exclusive);
    } catch (RefusedException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
