package atoll.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One name in a relationship field of a package, such as {@code libc6 (>= 2.38)}; deb-control(5)
 * and the Debian policy, chapter 7.
 *
 * @param operator {@code <<}, {@code <=}, {@code =}, {@code >=} or {@code >>}; empty if any version
 *     will do
 */
record PackageRelation(String name, String operator, String version) {
  /** An archive's index is for one architecture, so {@code :any} and its like say nothing new. */
  private static final Pattern FORM =
      Pattern.compile(
          "([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\\s*(?:\\(\\s*(<<|<=|=|>=|>>|<|>)\\s*([^\\s)]+)\\s*\\))?");

  /** Reads a field: groups with commas between, of which each has alternatives. */
  static List<List<PackageRelation>> groups(String field) {
    List<List<PackageRelation>> groups = new ArrayList<>();
    for (String group : field.split(",", -1)) {
      List<PackageRelation> alternatives = new ArrayList<>();
      for (String word : group.split("\\|", -1)) {
        parse(word.strip()).ifPresent(alternatives::add);
      }
      if (!alternatives.isEmpty()) {
        groups.add(alternatives);
      }
    }
    return groups;
  }

  /** Reads a field without alternatives, such as {@code Conflicts} or {@code Provides}. */
  static List<PackageRelation> all(String field) {
    return groups(field).stream().flatMap(List::stream).toList();
  }

  private static Optional<PackageRelation> parse(String word) {
    Matcher matcher = FORM.matcher(word);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String operator = matcher.group(2) == null ? "" : matcher.group(2);
    // These two are old, and mean what they do not say.
    String meant = operator.equals("<") || operator.equals(">") ? operator + "=" : operator;
    String version = matcher.group(3) == null ? "" : matcher.group(3);
    return Optional.of(new PackageRelation(matcher.group(1), meant, version));
  }

  /** Whether a package of that name and version is meant. */
  boolean admits(String candidate) {
    if (operator.isEmpty()) {
      return true;
    }
    int order = DebianVersion.compare(candidate, version);
    return switch (operator) {
      case "<<" -> order < 0;
      case "<=" -> order <= 0;
      case "=" -> order == 0;
      case ">=" -> order >= 0;
      default -> order > 0;
    };
  }

  /** Whether {@code candidate} is meant, by its own name or by one that it provides. */
  boolean meets(DebianPackage candidate) {
    if (candidate.name().equals(name)) {
      return admits(candidate.version());
    }
    return candidate.provides().stream().anyMatch(this::isProvidedBy);
  }

  /** A name that is provided without a version has none. */
  private boolean isProvidedBy(PackageRelation provided) {
    return provided.name.equals(name)
        && (operator.isEmpty() || !provided.version.isEmpty() && admits(provided.version));
  }

  /** As it is written. */
  @Override
  public String toString() {
    return operator.isEmpty() ? name : "%s (%s %s)".formatted(name, operator, version);
  }
}
