package atoll.image;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The entry of one package in an archive's index.
 *
 * @param file path below the archive's root
 * @param size bytes
 * @param sha256 64 lower-case hexadecimal digits
 * @param fields the others that were read, by name
 */
record DebianPackage(
    String name,
    String version,
    String file,
    long size,
    String sha256,
    Map<String, String> fields) {
  DebianPackage {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(sha256, "sha256");
    fields = Map.copyOf(fields);
  }

  /** Whether {@code text} is written as a SHA-256. */
  static boolean isSha256(String text) {
    return text.matches("[0-9a-f]{64}");
  }

  /**
   * A package as part of a file's name: versions may have colons, and two packages of one version
   * may differ, of which one was checked and the other not.
   */
  static String fileName(String version, String sha256) {
    return version.replaceAll("[^A-Za-z0-9.+~-]", "_") + "-" + sha256.substring(0, 12);
  }

  /** A field's value; empty if it has none. */
  String field(String field) {
    return fields.getOrDefault(field, "");
  }

  /** What must be there for it to work, in groups of alternatives. */
  List<List<PackageRelation>> depends() {
    return PackageRelation.groups(field("Pre-Depends") + "," + field("Depends"));
  }

  /** What most users of it will want, in groups of alternatives. */
  List<List<PackageRelation>> recommends() {
    return PackageRelation.groups(field("Recommends"));
  }

  /** Other names that it answers to. */
  List<PackageRelation> provides() {
    return PackageRelation.all(field("Provides"));
  }

  /** What must not be there beside it. */
  List<PackageRelation> excludes() {
    return PackageRelation.all(field("Conflicts") + "," + field("Breaks"));
  }

  boolean essential() {
    return field("Essential").equals("yes");
  }

  /** The file's name without folders. */
  String fileName() {
    return file.substring(file.lastIndexOf('/') + 1);
  }
}
