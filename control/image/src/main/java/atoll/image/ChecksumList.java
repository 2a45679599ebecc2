package atoll.image;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checksums of a folder's files, as {@code sha256sum} and {@code sha512sum} print them: {@code
 * HEX FILE}, or, with {@code --tag}, {@code SHA256 (FILE) = HEX}.
 */
final class ChecksumList {
  private static final Pattern PLAIN = Pattern.compile("\\\\?([0-9a-fA-F]+)[ \\t]+[* ]?(\\S.*)");
  private static final Pattern TAGGED =
      Pattern.compile("SHA(?:256|512) \\((.+)\\) = ([0-9a-fA-F]+)");

  private ChecksumList() {}

  /** What a list says of a file; a list of one file may leave out its name. */
  static Optional<Checksum> find(String list, String file) {
    return list.lines()
        .map(String::strip)
        .flatMap(line -> checksum(line, file).stream())
        .findFirst()
        .or(() -> Checksum.parse(list));
  }

  private static Optional<Checksum> checksum(String line, String file) {
    Matcher plain = PLAIN.matcher(line);
    if (plain.matches()) {
      return named(plain.group(2), file) ? Checksum.parse(plain.group(1)) : Optional.empty();
    }
    Matcher tagged = TAGGED.matcher(line);
    return tagged.matches() && named(tagged.group(1), file)
        ? Checksum.parse(tagged.group(2))
        : Optional.empty();
  }

  /** Lists may have been made in a folder above. */
  private static boolean named(String found, String file) {
    return found.equals(file) || found.equals("./" + file);
  }
}
