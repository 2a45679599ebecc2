package atoll.image;

/**
 * The entry of one package in an archive's index.
 *
 * @param file path below the archive's root
 * @param size bytes
 * @param sha256 64 lower-case hexadecimal digits
 */
record DebianPackage(
    String name, String version, String depends, String file, long size, String sha256) {
  /** Whether {@code text} is written as a SHA-256. */
  static boolean isSha256(String text) {
    return text.matches("[0-9a-f]{64}");
  }
}
