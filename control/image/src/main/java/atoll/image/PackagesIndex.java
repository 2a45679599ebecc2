package atoll.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code Packages} file of a Debian archive: a stanza of fields per package. */
final class PackagesIndex {
  private static final Set<String> FIELDS =
      Set.of("Package", "Version", "Depends", "Filename", "Size", "SHA256");
  private static final Pattern FIRST_DEPENDENCY = Pattern.compile("\\s*([a-z0-9][a-z0-9+.-]*).*");

  private final Map<String, DebianPackage> packages = new HashMap<>();

  private PackagesIndex() {}

  /** Reads an uncompressed index and keeps the packages whose name is wanted. */
  static PackagesIndex read(InputStream in, Predicate<String> wanted) throws IOException {
    PackagesIndex index = new PackagesIndex();
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    Map<String, String> stanza = new HashMap<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isEmpty()) {
        index.add(stanza, wanted);
        stanza.clear();
        continue;
      }
      int colon = line.indexOf(':');
      if (colon > 0 && FIELDS.contains(line.substring(0, colon))) {
        stanza.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    index.add(stanza, wanted);
    return index;
  }

  private void add(Map<String, String> stanza, Predicate<String> wanted) {
    String name = stanza.getOrDefault("Package", "");
    if (!wanted.test(name)
        || !stanza.containsKey("Filename")
        || !stanza.getOrDefault("Size", "").matches("\\d{1,18}")
        || !DebianPackage.isSha256(stanza.getOrDefault("SHA256", ""))) {
      return;
    }
    packages.put(
        name,
        new DebianPackage(
            name,
            stanza.getOrDefault("Version", ""),
            stanza.getOrDefault("Depends", ""),
            stanza.get("Filename"),
            Long.parseLong(stanza.get("Size")),
            stanza.get("SHA256")));
  }

  /** The package of that name. */
  DebianPackage get(String name) {
    DebianPackage found = packages.get(name);
    if (found == null) {
      throw new RefusedException(
          "the mirror's index has no package %s; choose another mirror with --mirror"
              .formatted(name));
    }
    return found;
  }

  /** The package that {@code metaPackage} stands for: the first one it depends on. */
  DebianPackage dependencyOf(String metaPackage) {
    String depends = get(metaPackage).depends();
    Matcher matcher = FIRST_DEPENDENCY.matcher(depends);
    if (!matcher.matches()) {
      throw new RefusedException(
          "the mirror's package %s names no kernel (Depends: %s); choose another with --mirror"
              .formatted(metaPackage, depends));
    }
    return get(matcher.group(1));
  }
}
