package atoll.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A {@code Packages} file of a Debian archive: a stanza of fields per package. Of several versions
 * of one package it has the newest.
 */
final class PackagesIndex {
  private static final Set<String> OWN = Set.of("Package", "Version", "Filename", "Size", "SHA256");

  /** What is read besides. */
  private static final Set<String> OTHERS =
      Set.of(
          "Depends",
          "Pre-Depends",
          "Recommends",
          "Provides",
          "Conflicts",
          "Breaks",
          "Priority",
          "Essential",
          "Installed-Size");

  private final Map<String, DebianPackage> packages = new LinkedHashMap<>();
  private final Map<String, List<DebianPackage>> providers = new HashMap<>();

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
      String field = colon > 0 ? line.substring(0, colon) : "";
      if (OWN.contains(field) || OTHERS.contains(field)) {
        stanza.put(field, line.substring(colon + 1).strip());
      }
    }
    index.add(stanza, wanted);
    index.packages.values().forEach(index::addNames);
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
    Map<String, String> others = new HashMap<>(stanza);
    others.keySet().retainAll(OTHERS);
    DebianPackage found =
        new DebianPackage(
            name,
            stanza.getOrDefault("Version", ""),
            stanza.get("Filename"),
            Long.parseLong(stanza.get("Size")),
            stanza.get("SHA256"),
            others);
    packages.merge(name, found, PackagesIndex::newer);
  }

  private static DebianPackage newer(DebianPackage a, DebianPackage b) {
    return DebianVersion.compare(a.version(), b.version()) < 0 ? b : a;
  }

  private void addNames(DebianPackage provider) {
    for (PackageRelation name : provider.provides()) {
      providers.computeIfAbsent(name.name(), none -> new ArrayList<>()).add(provider);
    }
  }

  /** All that are there, in the order of the file. */
  Collection<DebianPackage> all() {
    return packages.values();
  }

  /** The package of that name, if there is one. */
  Optional<DebianPackage> find(String name) {
    return Optional.ofNullable(packages.get(name));
  }

  /** The package of that name. */
  DebianPackage get(String name) {
    return find(name)
        .orElseThrow(() ->
            new RefusedException(
                "the mirror's index has no package %s; choose another mirror with --mirror"
                    .formatted(name)));
  }

  /**
   * The packages that are meant by a relationship: that of the name first, then those that provide
   * it, the most important ones first.
   */
  List<DebianPackage> candidates(PackageRelation relation) {
    List<DebianPackage> candidates = new ArrayList<>();
    find(relation.name()).filter(relation::meets).ifPresent(candidates::add);
    providers.getOrDefault(relation.name(), List.of()).stream()
        .filter(provider -> !provider.name().equals(relation.name()))
        .filter(relation::meets)
        .sorted(Comparator.comparingInt(BaseSystem::rank).thenComparing(DebianPackage::name))
        .forEach(candidates::add);
    return candidates;
  }

  /** The package that {@code metaPackage} stands for: the first one it depends on. */
  DebianPackage dependencyOf(String metaPackage) {
    DebianPackage meta = get(metaPackage);
    return meta.depends().stream()
        .findFirst()
        .map(alternatives -> get(alternatives.getFirst().name()))
        .orElseThrow(() ->
            new RefusedException(
                "the mirror's package %s names no kernel (Depends: %s); choose another with --mirror"
                    .formatted(metaPackage, meta.field("Depends"))));
  }
}
